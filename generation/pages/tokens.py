"""A person's tokens for programs: which there are, and a form that makes one however often it is sent."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.errors import Refusal
from generation.models import ApiToken, IdempotencyKey, Scope
from generation.models.clock import database_now

MOST = 50
"""Usable tokens of one person."""
ENDED_SHOWN = 50
FORM_HOURS = 12
"""How long a page may lie open until it is sent; less than the marks of sent ones are kept."""

ALLOWS = {
    Scope.READ: ("Read", "See projects, steps, pictures, costs and events."),
    Scope.WRITE: ("Write", "Make, change and delete projects and steps; import texts."),
    Scope.RUN: ("Run", "Have pictures made and steer runs. This may cost money."),
    Scope.ADMIN: ("Admin", "Look after accounts, limits, keys and switches, as far as the admin lets you."),
}
"""A title, and what it allows in words."""
TRIED = {Scope.READ: "projects", Scope.ADMIN: "accounts"}
"""What a token of this scope can be tried on, without making anything."""
LIFETIMES = (
    ("7", "for 7 days"),
    ("30", "for 30 days"),
    ("90", "for 90 days"),
    ("365", "for a year"),
    ("", "until it is revoked"),
)
"""In days."""

# --- which there are -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tokens:
    """The newest first; of those that open nothing any more only some."""

    usable: list[ApiToken]
    ended: list[ApiToken]


def load_tokens(user: User) -> Tokens:
    """Two queries."""
    usable = list(ApiToken.objects.usable().filter(user=user))
    ended = ApiToken.objects.filter(user=user).exclude(pk__in=[token.pk for token in usable])
    return Tokens(usable, list(ended[:ENDED_SHOWN]))


def scopes_in_words(token: ApiToken) -> str:
    return ", ".join(ALLOWS[Scope(scope)][0].lower() for scope in token.scopes) or "nothing"


@dataclass(frozen=True)
class Issued:
    """A token and its secret, for the one page that shows it."""

    token: ApiToken
    secret: str

    @property
    def curl(self) -> str:
        """A line to try it with; empty where all it may do would change something."""
        thing = next((TRIED[Scope(scope)] for scope in self.token.scopes if scope in TRIED), "")
        address = f"{settings.PUBLIC_URL}/api/v1/{thing}"
        return f'curl -H "Authorization: Bearer {self.secret}" {address}' if thing else ""


# --- a new one -------------------------------------------------------------------------------------------------------


class TokenForm(forms.Form):
    """The page that answers it shows a secret, so it cannot send the browser elsewhere; reloading that page sends the
    form again. Each form therefore carries a mark of its own, and a mark makes one token."""

    mark = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)
    name = forms.CharField(max_length=80, help_text="What it is for, like “laptop” or “build server”.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a token that may do nothing opens nothing."},
    )
    lifetime = forms.ChoiceField(label="It works", choices=LIFETIMES, initial="90", required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        offered = [scope for scope in ALLOWS if scope != Scope.ADMIN or user.is_staff]
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope.value, ALLOWS[scope][0]) for scope in offered]
        self.fields["name"].widget.attrs |= {"dir": "auto", "autocomplete": "off"}

    def new_mark(self) -> str:
        """For the form as it is shown now, also where an earlier one was sent with errors."""
        return _signer().sign(secrets.token_urlsafe(16))

    def scope_choices(self) -> Iterator[tuple[Any, str]]:
        """Each checkbox, and what it allows."""
        for choice in self["scopes"]:
            yield choice, ALLOWS[Scope(str(choice.data["value"]))][1]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        try:
            _signer().unsign(data.get("mark", ""), max_age=timedelta(hours=FORM_HOURS))
        except BadSignature:
            raise ValidationError("This page was open for long. Nothing was made: send it once more.") from None
        return data

    def issue(self) -> Issued:
        """Raises Refusal where this very form was sent before, or the person has too many."""
        given = self.cleaned_data
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=self._user.pk)  # two forms at once are counted in turn
            self._use_mark()
            if ApiToken.objects.usable().filter(user=self._user).count() >= MOST:
                raise Refusal(f"You have {MOST} tokens that work, and more cannot be had: revoke one first.")
            return Issued(*ApiToken.objects.issue(self._user, given["name"], given["scopes"], self._expires_at()))

    def _expires_at(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None

    def _use_mark(self) -> None:
        key = f"token form {self.cleaned_data['mark']}"
        try:
            with transaction.atomic():
                IdempotencyKey.objects.create(
                    user=self._user, key=key, fingerprint="", started_at=database_now(), status=200
                )
        except IntegrityError:
            raise Refusal(
                "This form was sent before, and its token is made; the secret cannot be shown again. If you did not "
                "keep it, revoke that token and make another."
            ) from None


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="generation.tokens")
