"""The samples: whole, through the importers, and added once."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from storyboards.importing import read
from storyboards.models import Project, Style
from storyboards.samples import HERE, SAMPLES, Sample
from tests.storyboards.conftest import titles

STYLES = ["illustration", "clear", "consistent", "comic"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_imports_without_a_word_of_complaint(sample: Sample) -> None:
    outcome = read((HERE / sample.file).read_text("utf-8"), STYLES, sample.file)
    assert (outcome.problems, outcome.project.warnings) == ((), ())
    assert outcome.project.title == sample.title


def test_the_storyboard_has_twelve_shots_of_thirty_beats_in_three_styles() -> None:
    steps = read((HERE / "night-train.json").read_text("utf-8"), STYLES).project.steps
    assert len(steps) == 30
    assert len({step.shot for step in steps}) == sum(step.transition == "H" for step in steps) == 12
    assert all(sorted(step.prompts) == ["clear", "consistent", "illustration"] for step in steps)
    assert all(step.script_phrase and step.duration and step.beat.startswith(f"{step.shot}.") for step in steps)
    assert sum(bool(step.dialogue) for step in steps) > 8


def test_one_of_its_styles_has_a_reference_picture(db: None) -> None:
    assert list(Style.objects.exclude(reference_picture=None).values_list("slug", flat=True)) == ["consistent"]


def test_the_command_adds_all_and_no_second_time(owner: User) -> None:
    for word in ("added", "known"):
        said = StringIO()
        call_command("samples", owner="ada", stdout=said)
        assert said.getvalue().count(word) == len(SAMPLES)
    assert Project.objects.owned_by(owner).count() == len(SAMPLES)


def test_the_command_knows_its_people(db: None) -> None:
    with pytest.raises(CommandError, match="no user nobody"):
        call_command("samples", owner="nobody")


def test_one_click_adds_a_sample_and_the_next_leads_to_it(page: Client, owner: User) -> None:
    address = reverse("sample_add", args=["planter"])
    first, second = page.post(address), page.post(address)
    project = Project.objects.get()
    assert first["Location"] == second["Location"] == project.get_absolute_url()
    assert len(titles(project)) >= 8
    assert project.materials
    assert project.concept_prompt


def test_the_list_offers_only_what_is_not_there_yet(page: Client) -> None:
    page.post(reverse("sample_add", args=["planter"]))
    assert [sample.name for sample in page.get("/").context["samples"]] == ["night-train", "umbrella"]


def test_a_deleted_sample_can_be_added_again(page: Client, owner: User) -> None:
    address = reverse("sample_add", args=["umbrella"])
    page.post(address)
    page.post(reverse("project_delete", args=[Project.objects.get().pk]))
    page.post(address)
    assert Project.objects.owned_by(owner).count() == 1


def test_there_is_no_other_sample(page: Client) -> None:
    assert page.post(reverse("sample_add", args=["secrets"])).status_code == 404


@pytest.mark.django_db
def test_on_a_first_start_some_samples_begin_with_their_pictures() -> None:
    owner = User.objects.create_user("ada")
    call_command("samples", owner="ada", begin=True, stdout=StringIO())
    begun = {project.external_id: project.runs.count() for project in Project.objects.owned_by(owner)}
    assert begun == {"sample-planter": 1, "sample-umbrella": 1, "sample-night-train": 0}
