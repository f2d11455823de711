"""Which staff may come in, and the trail of what they did."""

from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import Http404

from generation.api.auth import ApiRequest, Bearer, Caller
from generation.models import Scope


class Staff(Bearer):
    """A token with the scope admin, of staff with all of these rights. Who lacks a right learns no more than who is not
    staff: there is nothing here."""

    def __init__(self, *rights: str) -> None:
        super().__init__(Scope.ADMIN)
        self.rights = [f"generation.{right}" for right in rights]

    def allow(self, caller: Caller) -> None:
        if not caller.user.is_staff:
            raise Http404
        super().allow(caller)
        if not caller.user.has_perms(self.rights):
            raise Http404


def note(request: ApiRequest, row: Model, flag: int, words: str) -> None:
    """Into the trail that the admin shows, with the token that did it."""
    caller = request.auth
    by = f"{words} By the token {caller.token}." if caller.token else words
    LogEntry.objects.log_actions(caller.user.pk, [row], flag, by, single_object=True)
