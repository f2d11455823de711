"""What every call is checked for before anything is sent."""

from generation.errors import Cancelled, Charged, KeyRefused
from generation.providers.base import CallHandle


def check_secret(secret: str) -> None:
    """Raise KeyRefused for what can be no key: headers hold visible ASCII."""
    if not secret:
        raise KeyRefused("There is no key.")
    if not all("!" <= letter <= "~" for letter in secret):
        raise KeyRefused("The key holds a space, a line break or a letter that no key has.")


def check_wanted(call: CallHandle) -> None:
    """Raise Cancelled where nobody waits for the picture any more."""
    if call.cancelled():
        cancelled = Cancelled("Cancelled before anything was sent.")
        cancelled.charged = Charged.NO
        raise cancelled
