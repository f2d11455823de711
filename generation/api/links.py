"""Addresses of pictures for pages of other origins: signed, good for a day, void with the token they were signed by."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from generation.api.auth import Caller
from generation.models import ApiToken, Take

HOUR = 3600
"""Seconds. Keys end with full hours, so that a program that asks every two seconds gets the same address each time, and
its browser loads the picture once."""


def picture_url(take: Take, caller: Caller) -> str:
    """Absolute; for an <img> of any page."""
    return f"{settings.PUBLIC_URL}{reverse('image', args=[take.pk])}?key={_sign(take.pk, caller)}"


def visible_by(key: str, take_id: int) -> Take | None:
    """The take that this key opens, where whoever signed it may still see it."""
    user = _signer_of(key, take_id)
    return None if user is None else visible_take(user, take_id)


def visible_take(user: User, take_id: int) -> Take | None:
    """With what is needed to show it."""
    return Take.objects.visible_to(user).filter(pk=take_id).select_related("original", "display").first()


def _sign(take_id: int, caller: Caller) -> str:
    """From `PICTURE_LINK_HOURS` to an hour more from now on."""
    until = (int(time.time()) // HOUR + 1 + settings.PICTURE_LINK_HOURS) * HOUR
    return _signer().sign_object([take_id, caller.user.pk, caller.token.pk if caller.token else 0, until])


def _signer_of(key: str, take_id: int) -> User | None:
    try:
        signed: Any = _signer().unsign_object(key)
    except BadSignature:
        return None
    signed_take, user_id, token_id, until = signed
    if signed_take != take_id or until < time.time() or not _still_in(token_id):
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def _still_in(token_id: int) -> bool:
    """Whether what the key was signed by still lets somebody in; 0 is the user `local`."""
    return ApiToken.objects.usable().filter(pk=token_id).exists() if token_id else settings.LOCAL_USER


def _signer() -> Signer:
    return Signer(salt="generation.images")
