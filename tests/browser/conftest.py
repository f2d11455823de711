"""What tests with a browser share."""

import pytest


@pytest.fixture(autouse=True)
def orm_beside_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's synchronous API runs an event loop in this thread, beside which Django refuses every query."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
