"""Boards worth looking at, as texts that go through the importers like anybody's."""

from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

from storyboards.importing import read
from storyboards.importing.storing import StartWish, make_project
from storyboards.models import Project, Style

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """`name` is also its file's; `kind` and `about` are for people."""

    name: str
    file: str
    kind: str
    title: str
    about: str
    aspect_ratio: str
    begun: tuple[str, str] | None = None
    """Strategy and style to begin with on a first start, so that the first page shows pictures."""

    @property
    def external_id(self) -> str:
        return f"sample-{self.name}"


SAMPLES = (
    Sample(
        "planter",
        "planter.md",
        "Build guide",
        "Self-watering bottle planter",
        "10 steps that grow out of each other: a bottle becomes a home for basil.",
        "4:3",
        ("chained", "illustration"),
    ),
    Sample(
        "night-train",
        "night-train.json",
        "Storyboard",
        "The night train",
        "12 shots, 30 beats and hard cuts, with prompts of its own in three styles.",
        "16:9",
    ),
    Sample(
        "umbrella",
        "umbrella.md",
        "Comic",
        "The umbrella",
        "6 panels about a cat, a dog and one umbrella.",
        "1:1",
        ("shots", "comic"),
    ),
)


def find_sample(name: str) -> Sample | None:
    return next((sample for sample in SAMPLES if sample.name == name), None)


def add_sample(owner: User, sample: Sample, begin: bool = False) -> tuple[Project, bool]:
    """This owner's copy, and whether it was made just now. `begin`: with its pictures, where it says how."""
    known = Project.objects.owned_by(owner).filter(external_id=sample.external_id).first()
    if known is not None:
        return known, False
    outcome = read(
        (HERE / sample.file).read_text("utf-8"), list(Style.objects.values_list("slug", flat=True)), sample.file
    )
    fields = {"title": sample.title, "aspect_ratio": sample.aspect_ratio, "external_id": sample.external_id}
    start = StartWish(owner, sample.begun[0], [sample.begun[1]]) if begin and sample.begun else None
    return make_project(owner, outcome.project, fields, start), True
