"""Vendors quote keys, addresses and pictures; none of it is shown or stored."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generation.providers.redaction import LONGEST, redact


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("API key not valid.", "API key not valid."),
        ("Key AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY is bad", "Key [key] is bad"),
        ("Key AQ.Ab8RN6-9tSrke72PouQMnMX-a7eZSW0jkFMBWY is bad", "Key [key] is bad"),
        ("provided: sk-proj-abc123DEF456.", "provided: [key]."),
        ("Incorrect API key provided: sk-abcd1****wxyz. Find", "Incorrect API key provided: [key]. Find"),
        ("Consumer 'api_key:whatever-it-is' has been suspended", "Consumer 'api_key:[key]' has been suspended"),
        ("rpa_ABCDEFGHIJKLMNOP of yours", "[key] of yours"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [key]"),
        ("GET https://host/v1/models?key=AIzaSyD-9tSrke72PouQMnM failed", "GET [address] failed"),
        ("path ?key=plain-secret&x=1", "path ?key=[key]&x=1"),
        ("my own key here", "[key] here"),
        ("got iVBORw0KGgo" + "A" * 200, "got [data]"),
        ("two\nlines\0 and \ud800 more", "two lines and more"),
        ("risk-taking and task_force", "risk-taking and task_force"),
        ("no hf_ink-v1.2.safetensors in sk-styles/ink.gguf", "no hf_ink-v1.2.safetensors in sk-styles/ink.gguf"),
        ("not in ['" + "long/" * 20 + "anna.safetensors']", "not in ['" + "long/" * 20 + "anna.safetensors']"),
        ("A" * 2_000_000 + ".safetensors ***", "[data]"),
        ("rpa_ABCDEFGHIJ.example", "[key].example"),
        ("rpa_ABCDEFGHIJ.ptolemy", "[key].ptolemy"),
    ],
)
def test_what_is_shown_of_a_message(said: str, shown: str) -> None:
    assert redact(said, "my own key") == shown


VISIBLE = st.characters(min_codepoint=33, max_codepoint=126)


@given(before=st.text(), secret=st.text(VISIBLE, min_size=8), after=st.text())
def test_the_key_in_use_is_never_shown(before: str, secret: str, after: str) -> None:
    assume(secret not in f"{before}[key]{after}")
    shown = redact(before + secret + after, secret)
    assert secret not in shown
    assert len(shown) <= LONGEST
    shown.encode()
