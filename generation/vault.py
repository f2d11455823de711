"""Secrets at rest: sealed with MultiFernet, known by a fingerprint, opened only for the call that needs them."""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.views.decorators.debug import sensitive_variables


class NoVault(Exception):
    """Nothing to seal with is set."""

    def __init__(self) -> None:
        super().__init__("Set ENCRYPTION_KEYS (see the README): keys are stored only encrypted.")


class Unreadable(Exception):
    """A secret that this process cannot read: sealed with another key, or in another environment."""


@sensitive_variables()
def seal(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode()


@sensitive_variables()
def open_sealed(token: str) -> str:
    try:
        return _fernet().decrypt(token.encode()).decode()
    except (InvalidToken, NoVault) as error:
        raise Unreadable("This key was encrypted with an ENCRYPTION_KEYS value that is not set here.") from error


@sensitive_variables()
def from_environment(fingerprint_: str) -> str:
    try:
        return _environment()[fingerprint_]
    except KeyError as error:
        raise Unreadable("This key is not in the environment of this process any more.") from error


def environment_fingerprints() -> list[str]:
    return list(_environment())


@sensitive_variables()
def fingerprint(secret: str) -> str:
    """The same secret always has the same; without our SECRET_KEY nobody can try out secrets on it. 64 hex digits."""
    return hmac.new(settings.SECRET_KEY.encode(), b"api key:" + secret.encode(), hashlib.sha256).hexdigest()


@sensitive_variables()
def last_four(secret: str) -> str:
    """Nothing of a secret so short that four letters would tell much of it."""
    return secret[-4:] if len(secret) >= 16 else ""


def _environment() -> dict[str, str]:
    return {fingerprint(key.secret): key.secret for key in settings.ENVIRONMENT_KEYS}


def _fernet() -> MultiFernet:
    if not settings.ENCRYPTION_KEYS:
        raise NoVault
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
