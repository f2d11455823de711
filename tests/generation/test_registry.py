"""Single pictures and batches for programs: what is asked for, what comes back, where it is saved."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from PIL import Image

from generation import actions, exporting, following, registry
from generation.errors import Refusal
from generation.models import Call, Engine, EngineLora, Hold, Lora, LoraRole, Status, StyleRun, Switch, Take, Worker
from generation.models.clock import database_now
from generation.process import this_process
from generation.registry import generate_batch, generate_image
from generation.results import Result, request_id
from storyboards.models import Picture, Project
from tests.making import a_user, an_engine, make_all
from tests.processes import wait_for
from tests.running import Environment, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 0.02)


@pytest.fixture
def ink() -> Engine:
    """A style of the registry that draws offline."""
    return an_engine("ink", number=101, title="Ink Intensity")


def image(prompt: str = "a fox", style: int | str = 101, **wanted: Any) -> Result:
    return generate_image(prompt, style, **{"width": 160, "height": 96, "user": a_user(), **wanted})


def batch(*prompts: str, style: int | str = 101, **wanted: Any) -> list[Result]:
    return generate_batch(prompts, style, **{"width": 96, "height": 96, "user": a_user(), **wanted})


# --- one picture -----------------------------------------------------------------------------------------------------


def test_a_picture_is_made_here_where_no_worker_lives(ink: Engine) -> None:
    made = image(seed=7)
    assert made.status == "completed"
    assert re.fullmatch(r"img_[0-9a-f]{8}", made.request_id)
    assert (made.style_id, made.style, made.size, made.seed) == (101, "Ink Intensity", "160x96", 7)
    assert made.time is not None
    assert made.error == ""
    assert made.saved_path is None
    assert made.metadata["prompt"] == "a fox", "the prompt goes as it is written"
    assert made.metadata["provider"] == "sketch"
    assert not Worker.objects.alive().exists(), "nobody is left behind"
    assert this_process.worker is None


def test_the_address_of_a_picture_is_its_owners(ink: Engine) -> None:
    made = image()
    path = made.images[0].removeprefix("http://127.0.0.1:8000")
    client = Client()
    assert client.get(path).status_code in (302, 404)
    client.force_login(a_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_it_goes_the_way_of_everything_else(ink: Engine) -> None:
    image(prompt="a fox\nin the snow")
    project = Project.objects.get()
    assert (project.listed, project.owner, project.title) == (False, a_user(), "a fox in the snow")
    assert project.aspect_ratio == "16:9"
    call = Call.objects.get()
    assert (call.project, call.user, call.engine) == (project, a_user(), ink)
    assert Take.objects.get().display is not None, "with nobody else to do it the page's file is made as well"


def test_the_seed_minus_one_is_drawn_and_recorded(ink: Engine) -> None:
    made = image(seed=-1)
    assert 0 <= made.seed < 2**31
    assert made.seed == Take.objects.get().seed == StyleRun.objects.get().seed


def test_the_same_seed_makes_the_same_picture(ink: Engine) -> None:
    image(seed=5)
    image(seed=5)
    assert Take.objects.count() == 2
    assert Picture.objects.filter(pk__in=Take.objects.values("original")).count() == 1


def test_a_style_is_known_by_number_and_by_slug(ink: Engine) -> None:
    for style in (101, "101", "ink"):
        assert image(style=style).style == "Ink Intensity"
    an_engine("plain")
    assert image(style="plain").style_id == "plain"


def test_a_failed_picture_says_why_and_what_it_cost(ink: Engine) -> None:
    an_engine("ink", number=101, title="Ink Intensity", options={"refuse_words": ["fox"]})
    made = image()
    assert (made.status, made.images, made.saved_path) == ("failed", [], None)
    assert "policy" in made.error
    assert "It cost nothing." in made.error
    assert made.metadata["reference"] in made.error


def test_ids_are_stable_and_of_their_own() -> None:
    ids = [request_id(number) for number in range(1, 5001)]
    assert len(set(ids)) == 5000
    assert request_id(1) == "img_9e3779b1", "what programs noted down must be found again"


# --- what is refused before anything exists --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"style": 99}, "There is no style “99”. There are: 1 Ink Intensity, 16 Dynamic Simplicity, 101 Ink"),
        ({"style": "nowhere"}, "There is no style “nowhere”"),
        ({"prompt": " \n"}, "The prompt is empty"),
        ({"prompt": "a\0fox"}, "must be text"),
        ({"prompt": "a \ud83e"}, "must be text"),
        ({"prompt": "x" * 20_001}, "at most 20000 characters"),
        ({"width": 100}, "100×96 cannot be made: each side must be a multiple of 16"),
        ({"width": 0}, "each side must be a multiple of 16"),
        ({"height": 4096}, "cannot make 160×4096"),
        ({"seed": -2}, "The seed -2 cannot be used"),
        ({"seed": 2**31}, "The seed 2147483648 cannot be used"),
        ({"steps": 20}, "Unknown option “steps”"),
        ({"character_loras": ["Nobody"]}, "There is no LoRA “Nobody”. Characters are: Ada"),
        ({"character_loras": ["Film"]}, "“Film” is a cinematic LoRA"),
        ({"character_loras": [("Ada", 2.5)]}, "The weight 2.5 of “Ada” is out of range"),
        ({"character_loras": [("Ada", float("nan"))]}, "is out of range"),
        ({"character_loras": ["Ada", "people/ada.safetensors"]}, "would be in the stack twice"),
        ({"filename": "x.png"}, "A file name needs a directory"),
        ({"filename": "../x.png", "output": "out"}, "cannot be the name of a file"),
        ({"output": __file__}, "is a file and not a directory"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_exists(wanted: dict[str, Any], words: str, ink: Engine) -> None:
    Lora.objects.create(title="Ada", file="people/ada.safetensors", role=LoraRole.CHARACTER)
    Lora.objects.create(title="Film", file="FILM-V3-FLUX.safetensors", role=LoraRole.CINEMATIC)
    with pytest.raises(Refusal, match=re.escape(words)):
        image(**wanted)
    assert not Project.objects.exists()
    assert not StyleRun.objects.exists()


def test_a_style_that_is_switched_off_is_refused(ink: Engine) -> None:
    Engine.objects.update(enabled=False)
    with pytest.raises(Refusal, match="is switched off"):
        image()
    assert not Project.objects.exists()


def test_a_batch_of_nothing_or_too_much_is_refused(ink: Engine, settings: Any) -> None:
    settings.MAX_STEPS = 2
    for prompts, words in (
        ((), "There is no prompt"),
        (("a", ""), "Prompt 2 is empty"),
        (("a", "b", "c"), "at most 2"),
    ):
        with pytest.raises(Refusal, match=words):
            batch(*prompts)
    assert not Project.objects.exists()


# --- several ---------------------------------------------------------------------------------------------------------


def test_a_batch_keeps_the_order_of_its_prompts_and_tells_of_each(ink: Engine) -> None:
    told: list[Result] = []
    made = batch("a fox", "an owl", "a cat", tell=told.append)
    assert [result.metadata["prompt"] for result in made] == ["a fox", "an owl", "a cat"]
    assert made == told
    assert len({result.request_id for result in made}) == 3
    assert len({result.seed for result in made}) == 3, "each draws its own"
    assert Project.objects.count() == 1


def test_a_batch_may_share_a_seed(ink: Engine) -> None:
    assert [result.seed for result in batch("a fox", "an owl", seed=9)] == [9, 9]


def test_one_failure_does_not_keep_the_others_from_being_made(ink: Engine) -> None:
    an_engine("ink", number=101, options={"refuse_words": ["owl"]})
    assert [result.status for result in batch("a fox", "an owl", "a cat")] == ["completed", "failed", "completed"]


def a_busy_worker() -> Worker:
    """One that lives and makes nothing of ours."""
    return Worker.objects.create(name="busy elsewhere", threads=4, heartbeat_at=database_now())


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Somebody else does this once a picture is asked for."""

    def later() -> None:
        wait_for(lambda: StyleRun.objects.exists() or None, "the run")
        act()
        connection.close()

    somebody = threading.Thread(target=later)
    somebody.start()
    yield
    somebody.join()


# --- waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("sockets")
def test_living_workers_make_it_while_we_wait(ink: Engine, process_environment: Environment) -> None:
    with worker(process_environment):
        wait_for(lambda: Worker.objects.alive().exists() or None, "the worker")
        made = batch("a fox", "an owl")
    assert [result.status for result in made] == ["completed", "completed"]
    assert set(Take.objects.values_list("worker__threads", flat=True)) == {2}


def test_waiting_ends_with_words_and_the_picture_stays_wanted(ink: Engine) -> None:
    a_busy_worker()
    made = image(wait=0.1)
    assert (made.status, made.images) == ("pending", [])
    assert made.error.startswith("Not made within 0 s. Nothing is lost")
    assert Project.objects.get().get_absolute_url() in made.error
    assert Take.objects.get().status == Status.PENDING


def test_waiting_goes_on_here_when_the_workers_have_gone(ink: Engine) -> None:
    leaving = a_busy_worker()
    with meanwhile(lambda: Worker.objects.filter(pk=leaving.pk).update(stopped_at=database_now())):
        assert image().status == "completed"


def test_a_hold_ends_the_waiting_with_its_reason(ink: Engine) -> None:
    a_busy_worker()
    with meanwhile(lambda: StyleRun.objects.update(hold=Hold.BUDGET, hold_reason="the budget of $1.00 is used up")):
        made = image()
    assert made.status == "pending"
    assert made.error.startswith("On hold: the budget of $1.00 is used up. Nothing is lost")


def test_a_thrown_switch_ends_the_waiting(ink: Engine) -> None:
    Switch.objects.create(provider="sketch")
    made = image()
    assert made.status == "pending"
    assert made.error.startswith("On hold: calls of sketch are paused. Nothing is lost")
    Switch.objects.all().delete()
    make_all()
    assert Take.objects.get().status == Status.COMPLETED, "whoever works next makes it"


def test_a_cancelled_picture_ends_the_waiting(ink: Engine) -> None:
    an_engine("ink", number=101, options={"seconds": 30})

    def cancel() -> None:
        wait_for(lambda: Take.objects.filter(status=Status.GENERATING).exists() or None, "the call")
        actions.cancel(StyleRun.objects.get(), None)

    with meanwhile(cancel):
        made = image()
    assert made.status == "cancelled"
    assert "It was cancelled." in made.error


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_lie_by_style_and_are_named_by_time_and_id(ink: Engine, tmp_path: Path) -> None:
    made = image(output=tmp_path / "out")
    assert made.saved_path is not None
    assert made.images == [made.saved_path]
    path = Path(made.saved_path)
    assert path.parent == tmp_path / "out" / "101_Ink Intensity"
    identity = made.request_id.removeprefix("img_")
    assert re.fullmatch(rf"generated_\d{{8}}_\d{{6}}_{identity}\.png", path.name)
    with Image.open(path) as picture:
        assert picture.size == (160, 96)


def test_a_file_may_be_named_and_replaces_no_other(ink: Engine, tmp_path: Path) -> None:
    names = [Path(str(image(output=tmp_path, filename=name).saved_path)).name for name in ("fox.png", "fox", "fox.jpg")]
    assert names == ["fox.png", "fox_2.png", "fox_3.png"]


def test_a_directory_that_cannot_be_written_loses_nothing(ink: Engine, tmp_path: Path) -> None:
    (tmp_path / "101_Ink Intensity").write_text("in the way")
    made = image(output=tmp_path)
    assert (made.status, made.saved_path) == ("completed", None)
    assert "could not be saved" in made.error
    assert made.images[0].startswith("http")


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", "/etc/x", "a\0b", ".hidden", "x" * 121, "c:x", " x", "x."])
def test_names_that_lead_elsewhere_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be the name of a file"):
        exporting.destination(tmp_path, name)


@pytest.mark.parametrize(
    ("title", "folder"),
    [("Ink Intensity", "1_Ink Intensity"), ("../../etc", "1_.._.._etc"), ("a:b?", "1_a_b_"), ("Ink.", "1_Ink")],
)
def test_titles_become_folders_of_one_level(title: str, folder: str) -> None:
    assert exporting.folder_name(1, title) == folder


def test_names_tell_the_time_of_greenwich() -> None:
    noon = datetime.fromisoformat("2026-11-20T12:00:00+02:00")
    assert exporting.file_name(noon, "1a2b3c4d5e") == "generated_20261120_100000_1a2b3c4d"
    assert noon.astimezone(UTC).hour == 10


# --- the registry ----------------------------------------------------------------------------------------------------


def test_styles_are_listed_by_number_with_what_is_missing(ink: Engine) -> None:
    an_engine("without-number")
    Engine.objects.exclude(pk=ink.pk).update(number=None)
    an_engine("broken", number=7, options={"brush": 1})
    an_engine("off", number=8, enabled=False)
    known = {style.number: style for style in registry.styles()}
    assert list(known) == [7, 8, 101]
    assert known[101].missing == []
    assert "“brush”" in known[7].missing[0]
    assert known[8].missing == ["It is switched off."]


def test_a_style_tells_its_loras_by_role(ink: Engine) -> None:
    for position, role in enumerate(LoraRole, start=1):
        lora = Lora.objects.create(title=role, file=f"{role}.safetensors", role=role, weight=0.9)
        EngineLora.objects.create(engine=ink, lora=lora, position=position, weight=0.5 if position == 1 else None)
    (style,) = [style for style in registry.styles() if style.number == 101]
    assert (style.style_lora, style.style_weight) == ("style.safetensors", 0.5)
    assert (style.cinematic_lora, style.cinematic_weight) == ("cinematic.safetensors", 0.9)
