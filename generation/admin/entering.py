"""Forms that take keys in. None of them shows again what was typed into it, whatever was wrong with it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.views.decorators.debug import sensitive_variables

from generation import keys, vault
from generation.errors import Refusal
from generation.models import Account, ApiKey, KeyPool
from generation.models.keys import DEFAULT_PER_MINUTE

MOST_CHARACTERS = 100_000
TAKEN = {NON_FIELD_ERRORS: {"unique_together": "The account has a key of this alias already: give this one another."}}


class BlindTextarea(forms.Textarea):
    """Never filled in again."""

    def format_value(self, value: Any) -> str:
        return ""


def secret_field(**kwargs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "size": 60, "spellcheck": "false"})
    return forms.CharField(
        widget=widget, max_length=2000, help_text="It is stored encrypted and never shown again.", **kwargs
    )


def provider_field() -> forms.ChoiceField:
    return forms.ChoiceField(choices=lambda: [(name, name) for name in keys.providers_with_keys()])


def check_vendors(form: forms.BaseForm, provider: str) -> None:
    """Account and pools must be of the provider."""
    account, pools = form.cleaned_data.get("account"), form.cleaned_data.get("pools") or ()
    if account and account.provider != provider:
        form.add_error("account", f"This is an account of {account.provider}.")
    for pool in pools:
        if pool.provider != provider:
            form.add_error("pools", f"“{pool.title}” is a pool of {pool.provider}.")


class BlindForm(forms.BaseForm):
    """Whose names are not shown again either, where one of them turns out to be a key."""

    @sensitive_variables()
    def check_name(self, name: str, secret: str) -> None:
        try:
            keys.check_name(str(self.data.get(self.add_prefix(name)) or ""), secret)  # also what is too long for a name
        except Refusal as refusal:
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data[self.add_prefix(name)] = ""
            self.data = data
            self.add_error(name, str(refusal))


class KeyForm(BlindForm, forms.ModelForm[ApiKey]):
    """Of a key that is here: its secret is replaced on a page of its own."""

    class Meta:
        model = ApiKey
        fields = ["alias", "account", "pools"]
        error_messages = TAKEN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {"account": Account.objects.all(), "pools": KeyPool.objects.all()}
        for name in rows.keys() & self.fields.keys():
            self.fields[name].queryset = rows[name].filter(provider=self.instance.account.provider)  # type: ignore[attr-defined]

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            secret = self.instance.reveal()
        except vault.Unreadable:
            secret = ""
        self.check_name("alias", secret)
        return cleaned


class NewKeyForm(BlindForm, forms.ModelForm[ApiKey]):
    provider = provider_field()
    new_secret = secret_field(label="Key")
    alias = forms.CharField(required=False, max_length=80, help_text="What people call it; shown wherever it was used.")

    class Meta:
        model = ApiKey
        fields = ["account", "alias", "pools"]
        error_messages = TAKEN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].required = False
        self.fields["account"].help_text = (
            "Whose limits it counts on. Keys of one Google project or OpenAI organisation share them. Empty: one of "
            f"its own, with {DEFAULT_PER_MINUTE} requests a minute."
        )

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        provider, secret = cleaned.get("provider", ""), cleaned.get("new_secret", "")
        check_vendors(self, provider)
        self.check_name("alias", secret)
        if secret and provider:
            self._accept(secret, provider)
        return cleaned

    @sensitive_variables()
    def _accept(self, secret: str, provider: str) -> None:
        """What can be said before it is stored."""
        try:
            known = keys.known_as(bare := keys.accept(secret, provider))
            if known is not None and keys.readable(known):
                raise keys.here_already(known)
            vault.seal(bare)
        except (Refusal, vault.NoVault) as problem:
            self.add_error("new_secret", str(problem))

    @sensitive_variables()
    def add(self) -> ApiKey:
        given = self.cleaned_data
        return keys.add(
            given["provider"], given["new_secret"], account=given["account"], alias=given["alias"], pools=given["pools"]
        )


class RotateForm(forms.Form):
    new_secret = secret_field(label="New key")

    def __init__(self, *args: Any, key: ApiKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._key = key

    @sensitive_variables()
    def rotate(self) -> ApiKey | None:
        """None where it was refused; the form says why."""
        try:
            return keys.rotate(self._key, self.cleaned_data["new_secret"])
        except Refusal as refusal:
            self.add_error("new_secret", str(refusal))
            return None


class PasteForm(forms.Form):
    provider = provider_field()
    pools = forms.ModelMultipleChoiceField(
        KeyPool.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, help_text="They join all of these."
    )
    text = forms.CharField(
        label="Keys",
        max_length=MOST_CHARACTERS,
        widget=BlindTextarea(attrs={"rows": 12, "cols": 80, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One a line: the key alone, “alias,key”, or “account=key” for keys that share an account’s limits.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        check_vendors(self, cleaned.get("provider", ""))
        return cleaned

    def chosen_pools(self) -> Sequence[KeyPool]:
        return list(self.cleaned_data["pools"])
