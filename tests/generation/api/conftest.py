"""Programs at the API."""

import pytest

from generation.api.throttles import calls


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    """Tokens of one test have the numbers of another's: their calls are not counted together."""
    calls.forget()
