"""Addresses of pictures for pages of other origins: signed, good for a day, void with the token they were signed by."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from generation.api.auth import Caller
from generation.models import ApiToken, Take


def picture_url(take: Take, caller: Caller) -> str:
    """Absolute; for an <img> of any page."""
    return f"{settings.PUBLIC_URL}{reverse('image', args=[take.pk])}?key={_sign(take.pk, caller)}"


def visible_by(key: str, take_id: int) -> Take | None:
    """The take that this key opens, where whoever signed it may still see it."""
    user = _signer_of(key, take_id)
    if user is None:
        return None
    return Take.objects.visible_to(user).filter(pk=take_id).select_related("original", "display").first()


def _sign(take_id: int, caller: Caller) -> str:
    return _signer().sign_object([take_id, caller.user.pk, caller.token.pk if caller.token else 0])


def _signer_of(key: str, take_id: int) -> User | None:
    try:
        signed: Any = _signer().unsign_object(key, max_age=timedelta(hours=settings.PICTURE_LINK_HOURS))
    except BadSignature:
        return None
    signed_take, user_id, token_id = signed
    if signed_take != take_id or (token_id and not ApiToken.objects.usable().filter(pk=token_id).exists()):
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="generation.images")
