"""A project and its ordered steps."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from storyboards.models.pictures import Picture
from storyboards.models.styles import Style

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class AspectRatio(models.TextChoices):
    SQUARE = "1:1", "1:1 square"
    LANDSCAPE = "4:3", "4:3 landscape"
    WIDE = "16:9", "16:9 wide"
    PHOTO = "3:2", "3:2 photo"
    PORTRAIT = "3:4", "3:4 portrait"
    TALL = "9:16", "9:16 tall"

    @classmethod
    def nearest(cls, width: int, height: int) -> AspectRatio:
        """The one that a picture of this many pixels has, or almost."""
        return min(cls, key=lambda ratio: abs(math.log(width / height / ratio.quotient)))

    @property
    def quotient(self) -> float:
        across, down = self.value.split(":")
        return int(across) / int(down)


class Visibility(models.TextChoices):
    PRIVATE = "private", "Private: only you"
    UNLISTED = "unlisted", "Unlisted: whoever has a share link"
    PUBLIC = "public", "Public: everybody who knows the address"


TRASH_KEPT = timedelta(days=30)
"""How long people can bring back what they have thrown away."""


def _not_gone() -> Q:
    return Q(deleted_at=None) | Q(deleted_at__gt=timezone.now() - TRASH_KEPT)


class ProjectQuerySet(models.QuerySet["Project"]):
    def alive(self) -> ProjectQuerySet:
        """Those not in the trash."""
        return self.filter(deleted_at=None)

    def in_trash(self) -> ProjectQuerySet:
        """Those thrown away lately enough to come back, the last first."""
        return self.filter(deleted_at__gt=timezone.now() - TRASH_KEPT).order_by("-deleted_at", "-pk")

    def restorable_by(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Own ones that may come back, or are back already: twice is once. All for staff who may change projects."""
        there = self.filter(_not_gone())
        return there if user.has_perm("storyboards.change_project") else there.filter(owner_id=user.pk or 0)

    def owned_by(self, user: User | AnonymousUser) -> ProjectQuerySet:
        return self.alive().filter(owner_id=user.pk or 0)

    def singles(self) -> ProjectQuerySet:
        """Pictures and batches that programs asked for: kept out of the list of projects."""
        return self.filter(listed=False)

    def visible_to(self, user: User | AnonymousUser, shares: Sequence[int] = ()) -> ProjectQuerySet:
        """Own and public ones, those reached by a share link (`shares`: its ids, see `storyboards.access`), all for
        staff."""
        alive = self.alive()
        if user.has_perm("storyboards.view_project"):
            return alive
        seen = Q(owner_id=user.pk or 0) | Q(visibility=Visibility.PUBLIC)
        if shares:
            shared = ShareLink.objects.valid().filter(pk__in=shares).values("project_id")
            seen |= Q(pk__in=shared) & ~Q(visibility=Visibility.PRIVATE)
        return alive.filter(seen)

    def editable_by(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Own ones; all for staff who may change projects."""
        return self.alive() if user.has_perm("storyboards.change_project") else self.owned_by(user)


class Project(models.Model):
    """What a person makes a series of pictures of."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="projects")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, validators=[MaxLengthValidator(20_000)])
    materials = models.TextField(blank=True, validators=[MaxLengthValidator(20_000)], help_text="One a line.")
    concept_prompt = models.TextField(
        "concept", blank=True, validators=[MaxLengthValidator(20_000)],
        help_text="The finished thing in words: every picture follows its look.",
    )  # fmt: skip
    concept_picture = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    aspect_ratio = models.CharField(max_length=8, choices=AspectRatio, default=AspectRatio.SQUARE)
    name_future_steps = models.BooleanField(
        default=False,
        help_text="Cumulative prompts name later steps as what must not be seen. Models tend to draw what is named.",
    )
    variables = models.TextField(
        blank=True, validators=[MaxLengthValidator(20_000)],
        help_text="Words that texts and templates name as $hero: one “hero = a girl in a red coat” a line; "
        "below a line “[shot 2]” those of that shot alone.",
    )  # fmt: skip
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    listed = models.BooleanField(
        default=True, editable=False, help_text="No: a single picture or a batch that a program asked for."
    )
    external_id = models.CharField(max_length=200, blank=True, help_text="What another system calls this project.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "external_id"],
                condition=~Q(external_id="") & Q(deleted_at=None),  # what is in the trash keeps its name
                name="one_external_id_per_owner",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("board", args=[self.pk])

    def public_url(self) -> str:
        """Of its board, for people who read of it elsewhere."""
        return f"{settings.PUBLIC_URL}{self.get_absolute_url()}"

    def material_list(self) -> list[str]:
        return [line.strip(" -*•\t") for line in self.materials.splitlines() if line.strip()]

    def ordered_steps(self) -> list[Step]:
        return list(self.steps.alive())


class Transition(models.TextChoices):
    """How a picture follows the one before it.

    One that leads to another place or time breaks the chain: its picture starts anew from the style's reference. One
    that stays with what was seen goes on from the picture before.
    """

    CONTINUES = "C", "C — continues from the picture before"
    MATCH = "M", "M — match cut: another scene in the same composition; goes on from the picture before"
    JUMP = "J", "J — jump cut: the same view, some time later; goes on from the picture before"
    HARD_CUT = "H", "H — hard cut: a new image world"
    DISSOLVE = "D", "D — dissolve: melts into another scene; starts anew"
    FADE = "F", "F — fade: through black into another scene; starts anew"
    WIPE = "W", "W — wipe: another scene pushes this one away; starts anew"

    @property
    def breaks(self) -> bool:
        """Whether its picture starts anew, where chains follow shots."""
        return self in BREAKS

    @property
    def words(self) -> str:
        """Its name alone, like “match cut”; empty where the picture just goes on."""
        return "" if self is Transition.CONTINUES else self.label.partition(" — ")[2].partition(":")[0]


BREAKS = frozenset({Transition.HARD_CUT, Transition.DISSOLVE, Transition.FADE, Transition.WIPE})


class StepQuerySet(models.QuerySet["Step"]):
    def alive(self) -> StepQuerySet:
        """Those not in the trash, in order."""
        return self.filter(deleted_at=None).order_by("position")

    def in_trash(self) -> StepQuerySet:
        """Those thrown away lately enough to come back, the last first; not those that went with their project."""
        kept = self.filter(deleted_at__gt=timezone.now() - TRASH_KEPT, project__deleted_at=None)
        return kept.order_by("-deleted_at", "-pk")

    def restorable_by(self, user: User | AnonymousUser) -> StepQuerySet:
        """Those of projects this person may change that may come back, or are back already."""
        return self.filter(_not_gone(), project__in=Project.objects.editable_by(user)).select_related("project")

    def arrange(self, ids: Sequence[int]) -> None:
        """Number these steps 1, 2, 3 … in this order. Two passes, because uniqueness holds at every instant."""
        with transaction.atomic():
            self.filter(pk__in=ids).update(position=-F("pk"))
            places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(ids, start=1)]
            self.filter(pk__in=ids).update(position=Case(*places, default=F("position")))


class Step(models.Model):
    """One ordered text. Its number is its `position`; shot to duration are for films."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="steps")
    position = models.IntegerField(editable=False)
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True, validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)])
    shot = models.CharField(max_length=20, blank=True)
    beat = models.CharField(max_length=20, blank=True, help_text="Like 1.1, 1.2 …")
    transition = models.CharField(
        max_length=1, choices=Transition, default=Transition.CONTINUES, db_default=Transition.CONTINUES
    )
    script_phrase = models.TextField(blank=True, validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)])
    dialogue = models.TextField(blank=True, validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)])
    duration = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, help_text="Seconds on the screen."
    )
    variables = models.TextField(
        blank=True, validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)],
        help_text="This step's own, one “hero = …” a line: they stand before those of its shot and its project.",
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts edits, to notice two at once.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_from = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="Its number when it went into the trash."
    )

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["project_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "position"], condition=Q(deleted_at=None), name="one_step_per_position"
            )
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        """What people call it: "1.2 The door opens", "Step 3", …"""
        return " ".join(filter(None, (self.known_as(self.position), self.title)))

    def known_as(self, number: int) -> str:
        """Its beat, else its number in the list that is meant: a run may still have another one."""
        return self.beat or str(number)

    def text(self) -> str:
        """All its own words as prose: what a picture of it must show."""
        body = self.description or self.script_phrase
        head = self.title.rstrip(".") if self.title else ""
        return ". ".join(part for part in (head, body) if part)

    def remove(self) -> None:
        """Into the trash; the others close the gap."""
        with transaction.atomic():
            there = Step.objects.filter(pk=self.pk, deleted_at=None)
            there.update(deleted_at=Now(), deleted_from=F("position"), position=-self.pk)
            Step.objects.arrange(list(self.project.steps.alive().values_list("pk", flat=True)))


class StepPrompt(models.Model):
    """A step's own prompt in one style; it stands in for the step's text there."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="prompts")
    style = models.ForeignKey(Style, on_delete=models.CASCADE, related_name="step_prompts")
    text = models.TextField(validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)])
    whole = models.BooleanField(
        default=False, help_text="The whole prompt: sent as it is, without the style's template."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "style"], name="one_prompt_per_step_and_style")]

    def __str__(self) -> str:
        return f"{self.style}: {self.text[:60]}"


class Character(models.Model):
    """Somebody, or something, that must look the same in every picture.

    Where a step's text names it, its look goes into the prompt and its sheet along with it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="characters")
    name = models.CharField(max_length=60, help_text="As the texts call it.")
    look = models.TextField(
        blank=True, validators=[MaxLengthValidator(settings.MAX_STEP_CHARACTERS)],
        help_text="In words: age, hair, clothes, colours.",
    )  # fmt: skip
    sheet = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="A picture of it, from several sides if you have one.",
    )  # fmt: skip

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_character_per_name")]

    def __str__(self) -> str:
        return self.name


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self) -> ShareLinkQuerySet:
        """Not revoked, not past its day."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def from_token(self, token: str) -> ShareLink | None:
        """The link this token opens, or None. Looks nothing up before the signature holds."""
        try:
            nonce = ShareLink.signer().unsign(token)
        except BadSignature:
            return None
        return self.valid().filter(nonce=nonce, project__deleted_at=None).first()


def make_nonce() -> str:
    return secrets.token_urlsafe(12)


class ShareLink(models.Model):
    """A read-only way in without an account.

    The table holds half of the secret only: the token is this nonce signed with SECRET_KEY, so a leaked table opens
    nothing, and the owner can still see the link again.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="share_links")
    nonce = models.CharField(max_length=32, unique=True, default=make_nonce, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"share link {self.pk} of {self.project}"

    def get_absolute_url(self) -> str:
        return reverse("share_open", args=[self.token()])

    @staticmethod
    def signer() -> Signer:
        return Signer(sep=".", salt="storyboards.share")

    def token(self) -> str:
        return self.signer().sign(self.nonce)
