"""Answers of any shape at all, and what an error of ours must be even then."""

from hypothesis import strategies as st

from generation.errors import ProviderError

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
"""Any JSON, and what Python's parser takes beyond it."""


def shaped(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Dictionaries with some of these fields, or something else altogether."""
    return st.fixed_dictionaries({}, optional=fields) | ANYTHING


def storable(error: ProviderError) -> None:
    """Fit for a row: no lone surrogate, no NUL, no number too large."""
    said = f"{error}{error.finish_reason}"
    assert "\0" not in said.encode().decode()
    assert all(0 < number < 2**31 for number in error.usage.values())
