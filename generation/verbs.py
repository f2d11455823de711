"""All verbs on runs, frames and takes as people see them: for pages, admin and programs alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib.auth.models import AnonymousUser, User

from generation import actions
from generation.models import LOST, Engine, Frame, Hold, RunStatus, Status, StyleRun, Take
from generation.planning import LEAST_SIDE, MOST_CANDIDATES, MOST_SIDE

Target = TypeVar("Target", StyleRun, Frame, Take)

STEER_ALL = "generation.change_stylerun"
"""What staff may who steer everybody's runs."""


class ApproveForm(forms.Form):
    """Up to where somebody has seen the pictures that he approves: pages send it along unasked."""

    upto = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class CandidatesForm(forms.Form):
    count = forms.IntegerField(
        label="How many", min_value=1, max_value=MOST_CANDIDATES, initial=3, help_text="Each is paid for."
    )


class FinalForm(forms.Form):
    """How the approved drafts are made finally."""

    engine = forms.ModelChoiceField(
        Engine.objects.filter(enabled=True),
        to_field_name="slug",
        label="Made by",
        error_messages={"invalid_choice": "There is no engine “%(value)s” that is switched on."},
    )
    quality = forms.CharField(required=False, max_length=40, help_text="As the engine names it; empty: its own.")
    longest_side = forms.IntegerField(
        required=False, min_value=LEAST_SIDE, max_value=MOST_SIDE, help_text="Pixels; empty: the engine's own."
    )
    keep_composition = forms.BooleanField(
        required=False, label="Keep the composition", help_text="Each draft goes along as a reference."
    )


@dataclass(frozen=True)
class Verb(Generic[Target]):
    """A verb as people see it. `confirm` is what they are asked before; `applies` is whether it makes sense now.

    What `form` takes are keyword arguments of `act`. `right`: a permission that it needs beside that to change the
    project.
    """

    label: str
    act: Callable[..., object]
    applies: Callable[[Target], bool]
    confirm: str = ""
    form: type[forms.Form] | None = None
    right: str = ""

    def open_to(self, user: User | AnonymousUser | None) -> bool:
        """Whether this person has the right that it needs."""
        return not self.right or (user is not None and user.has_perm(self.right))

    @property
    def asks(self) -> bool:
        """Whether people fill in something before it is done."""
        return self.form is not None and any(not field.widget.is_hidden for field in self.form.base_fields.values())


def _may_be_made_again(frame: Frame) -> bool:
    return frame.chosen_id is not None and not frame.locked and not actions.is_wanted(frame)


MAY_BE_CHARGED = "A picture that is being made at this moment may still be charged; it is kept."
STAY = "the ones so far stay"

RUN_VERBS: dict[str, Verb[StyleRun]] = {
    "pause": Verb("Pause", actions.pause, lambda run: run.status == RunStatus.GENERATING),
    "resume": Verb("Resume", actions.resume, lambda run: run.status == RunStatus.PAUSED),
    "approve": Verb("Approve and go on", actions.approve, lambda run: run.hold == Hold.APPROVAL, form=ApproveForm),
    "ungate": Verb(
        "Make all the rest",
        actions.ungate,
        lambda run: run.is_active and bool(run.gate),
        "Everything that is still to come is made without waiting for anybody.",
    ),
    "cancel": Verb("Cancel", actions.cancel, lambda run: run.is_active, f"Pictures made so far stay. {MAY_BE_CHARGED}"),
    "retry_failed": Verb("Retry failed", actions.retry_failed, lambda run: actions.without_picture(run).exists()),
    "update": Verb(
        "Bring up to date",
        actions.update,
        lambda run: run.status != RunStatus.PAUSED,
        "The list of steps is taken over as it is now, what is missing is made, and what is stale is made again.",
    ),
    "remake_stale": Verb(
        "Make stale pictures again",
        actions.remake_stale,
        lambda run: run.status != RunStatus.PAUSED,
        f"New takes are made of all stale pictures and of what was built on them; {STAY}.",
    ),
    "finalize": Verb(
        "Make the approved ones finally",
        actions.finalize,
        lambda run: run.frames.current().filter(approved=True, chosen__isnull=False).exists(),
        "The approved pictures are made once more as chosen here, in a run of their own; the drafts stay.",
        FinalForm,
    ),
    "to_front": Verb("To the front of my queue", actions.to_front, lambda run: run.is_active),
    "usual_turn": Verb("Back to its turn", actions.usual_turn, lambda run: bool(run.turn or run.priority)),
    "prefer": Verb(
        "Before everybody's",
        actions.prefer,
        lambda run: run.is_active,
        "Nothing of anybody else is begun as long as something of this run can be.",
        right=STEER_ALL,
    ),
}
FRAME_VERBS: dict[str, Verb[Frame]] = {
    "retry": Verb("Retry", actions.retry, lambda frame: frame.status in LOST),
    "regenerate": Verb(
        "Regenerate this step",
        actions.regenerate,
        _may_be_made_again,
        f"A new take is made; {STAY}. Steps made from this one become stale.",
    ),
    "regenerate_following": Verb(
        "Regenerate this and all following",
        actions.regenerate_following,
        _may_be_made_again,
        f"New takes are made to the next cut, each from the new one before it; {STAY}.",
    ),
    "candidates": Verb(
        "Several to choose from",
        actions.candidates,
        lambda frame: not frame.locked and not frame.removed and not actions.is_wanted(frame),
        f"New takes are made at once, each with a seed of its own; {STAY}, and so does the one that is shown.",
        CandidatesForm,
    ),
    "cancel": Verb("Cancel", actions.cancel_frame, actions.is_wanted, MAY_BE_CHARGED),
    "approve": Verb("Approve", actions.approve_frame, lambda frame: frame.chosen_id is not None and not frame.approved),
    "unapprove": Verb("Take the approval back", actions.unapprove_frame, lambda frame: frame.approved),
    "lock": Verb("Lock", actions.lock, lambda frame: frame.chosen_id is not None and not frame.locked),
    "unlock": Verb("Unlock", actions.unlock, lambda frame: frame.locked),
    "branch": Verb(
        "Branch here",
        actions.branch,
        lambda frame: not frame.removed and frame.position > 1,
        "A second series begins: it shares the pictures before this one, which are not paid again, and makes this and "
        "all that follow anew. This series stays.",
    ),
}
TAKE_VERBS: dict[str, Verb[Take]] = {
    "choose": Verb("Show this take", actions.choose, lambda take: take.status == Status.COMPLETED),
    "approve": Verb("Choose and go on", actions.approve_take, lambda take: take.status == Status.COMPLETED),
    "put_away": Verb("Put away", actions.put_away, lambda take: take.put_away_at is None),
    "bring_back": Verb("Bring back", actions.bring_back, lambda take: take.put_away_at is not None),
}
VERBS: dict[str, dict[str, Verb[Any]]] = {"run": RUN_VERBS, "frame": FRAME_VERBS, "take": TAKE_VERBS}
