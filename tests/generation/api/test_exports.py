"""Exports: a project's pictures as one archive, whatever happens to broker and workers meanwhile."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import AsyncClient
from django.utils import timezone
from PIL import Image

from generation import archives, jobs, packing
from generation.models import Export, ExportStatus, Scope, StyleRun
from generation.rq import FILES, queued, thread_worker
from storyboards import pictures
from storyboards.models import Project, Step, StepPrompt, Style, Visibility
from tests.calling import Program
from tests.making import a_project, a_run, a_style, a_user, make_all, newest_take
from tests.processes import wait_for
from tests.running import worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("exports")]

TEXTS = ("Saw the boards", "Nail the walls", "Add a floor")


@pytest.fixture(autouse=True)
def broker_without_jobs(flushed_broker: redis.Redis) -> redis.Redis:
    return flushed_broker


@pytest.fixture
def program() -> Program:
    return Program(a_user())


@pytest.fixture
def project() -> Project:
    return a_project(*TEXTS)


@pytest.fixture
def run(project: Project) -> StyleRun:
    run = a_run(project)
    make_all()
    return run


def ask(program: Program, project: Project, expect: int = 202) -> Any:
    return program.post(f"/api/v1/projects/{project.pk}/exports", expect=expect)


def work() -> None:
    """What a worker's thread for files does until nothing waits."""
    thread_worker(FILES, "burst").work(burst=True, logging_level="CRITICAL")


def file_of(program: Program, export_id: int) -> tuple[Any, bytes]:
    """As it is served: piece by piece."""

    async def load() -> tuple[Any, bytes]:
        answer: Any = await AsyncClient().get(f"/api/v1/exports/{export_id}/file", headers=program.headers)
        return answer, b"".join([piece async for piece in answer])

    return async_to_sync(load)()


def fetch(program: Program, export_id: int) -> zipfile.ZipFile:
    answer, data = file_of(program, export_id)
    assert answer.status_code == 200, data
    return zipfile.ZipFile(io.BytesIO(data))


def denied(program: Program, export_id: int) -> tuple[int, str]:
    """Status and code of a file that there is not."""
    answer = program.call("GET", f"/api/v1/exports/{export_id}/file")
    return answer.status_code, json.loads(answer.content)["code"]


def exported(program: Program, project: Project) -> zipfile.ZipFile:
    export_id = ask(program, project)["id"]
    work()
    assert program.get(f"/api/v1/exports/{export_id}")["status"] == "ready"
    return fetch(program, export_id)


def read(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_an_archive_holds_the_pictures_as_they_were_made(program: Program, run: StyleRun) -> None:
    archive = exported(program, run.project)
    assert archive.testzip() is None
    assert archive.namelist() == [
        *(f"generated_images/clear/Shot_1/Beat_{number}.png" for number in (1, 2, 3)),
        "image_progress_clear.json",
        "project.json",
    ]
    for number in (1, 2, 3):
        original = newest_take(run, number).original
        assert original
        assert archive.read(f"generated_images/clear/Shot_1/Beat_{number}.png") == original.read()


def test_shots_and_beats_name_folders_and_files(program: Program) -> None:
    project = a_project(*TEXTS)
    for position, (shot, beat) in enumerate([("1", "1.1"), ("1", "1.2"), ("2", "2.1")], start=1):
        Step.objects.filter(project=project, position=position).update(shot=shot, beat=beat)
    run = a_run(project)
    make_all()
    archive = exported(program, project)
    assert archive.namelist()[:3] == [
        "generated_images/clear/Shot_1/Beat_1.1.png",
        "generated_images/clear/Shot_1/Beat_1.2.png",
        "generated_images/clear/Shot_2/Beat_2.1.png",
    ]
    progress = read(archive, "image_progress_clear.json")
    assert progress["completedBeats"] == ["1.1", "1.2", "2.1"]
    last = newest_take(run, 3).finished_at
    assert last
    assert progress["lastUpdated"] == last.isoformat()


def test_it_tells_the_texts_and_what_each_picture_was_made_with(program: Program) -> None:
    project = a_project(*TEXTS, description="For small birds", materials="- wood\n- nails", concept_prompt="a house")
    StepPrompt.objects.create(step=project.steps.get(position=2), style=a_style(), text="Walls, nailed")
    run = a_run(project)
    make_all()
    told = read(exported(program, project), "project.json")
    assert (told["title"], told["description"], told["concept"]) == ("Bird house", "For small birds", "a house")
    assert told["materials"] == ["wood", "nails"]
    assert [step["title"] for step in told["steps"]] == list(TEXTS)
    assert told["steps"][1]["prompts"] == {"clear": "Walls, nailed"}
    (series,) = told["series"]
    assert (series["style"], series["strategy"], series["run"]) == ("clear", "chained", run.pk)
    take = newest_take(run, 2)
    picture = series["pictures"][1]
    assert picture["file"] == "generated_images/clear/Shot_1/Beat_2.png"
    assert (picture["engine"], picture["model"], picture["seed"], picture["take"]) == ("quick", "", take.seed, take.pk)
    assert "Walls, nailed" in picture["prompt"]


def test_it_names_the_model_that_made_a_picture_not_the_one_its_engine_has_now(program: Program, run: StyleRun) -> None:
    run.engine.model = "newer"
    run.engine.save()
    told = read(exported(program, run.project), "project.json")
    assert told["series"][0]["pictures"][0]["model"] == ""


def test_what_is_there_is_exported_while_the_rest_is_made(program: Program, project: Project) -> None:
    run = a_run(project)
    jobs.make_next()
    archive = exported(program, project)
    assert archive.namelist()[0] == "generated_images/clear/Shot_1/Beat_1.png"
    assert read(archive, "image_progress_clear.json")["completedBeats"] == ["1"]
    assert len(archive.namelist()) == 3
    assert run.frames.count() == 3


def test_of_several_series_in_one_style_the_newest_has_its_name(program: Program, project: Project) -> None:
    Style.objects.create(slug="clear-2", title="Clear two", position=9)
    runs = [a_run(project, strategy=strategy) for strategy in ("chained", "independent", "cumulative")]
    other = a_run(project, style="clear-2")
    make_all()
    a_run(project, style="consistent")  # nothing of it is made
    told = read(exported(program, project), "project.json")
    folders = {series["run"]: series["folder"] for series in told["series"]}
    assert folders == {
        other.pk: "generated_images/clear-2",
        runs[2].pk: "generated_images/clear",
        runs[1].pk: "generated_images/clear-3",
        runs[0].pk: "generated_images/clear-4",
    }


@pytest.mark.parametrize(
    ("beats", "names"),
    [
        (("../../x", "/etc/x", "a\\b"), ("Beat_____x", "Beat__etc_x", "Beat_a_b")),
        (("..", ".", "C:x"), ("Beat__", "Beat_.", "Beat_C_x")),
        (("1.1", "1.1", "1.1_2"), ("Beat_1.1", "Beat_1.1_2", "Beat_1.1_2_2")),
        (("a", "A", ""), ("Beat_a", "Beat_A_2", "Beat_3")),
        (("é", "é", "日本"), ("Beat_é", "Beat_é_2", "Beat_日本")),
    ],
)
def test_names_stay_inside_the_archive_and_never_twice(
    program: Program, project: Project, beats: tuple[str, ...], names: tuple[str, ...], tmp_path: Path
) -> None:
    for position, beat in enumerate(beats, start=1):
        Step.objects.filter(project=project, position=position).update(beat=beat, shot="../../../" if beat else "")
    a_run(project)
    make_all()
    archive = exported(program, project)
    pngs = [name for name in archive.namelist() if name.endswith(".png")]
    assert [Path(name).stem for name in pngs] == [name.removesuffix(".") for name in names]
    assert len({name.casefold() for name in pngs}) == 3
    for name in pngs:
        assert ".." not in name
        assert name.count("/") == 3
        assert "\\" not in name
    archive.extractall(tmp_path / "here")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_originals_that_are_no_png_are_converted(program: Program, run: StyleRun, kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, kind, quality=95)
    run.takes.filter(position=2).update(original=pictures.store(pictures.check(buffer.getvalue())))
    archive = exported(program, run.project)
    with Image.open(io.BytesIO(archive.read("generated_images/clear/Shot_1/Beat_2.png"))) as image:
        assert (image.format, image.size) == ("PNG", (40, 30))
        red, green, blue = image.convert("RGB").getpixel((20, 15))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 15


@pytest.mark.parametrize("damage", ["lost", "broken"])
def test_a_picture_that_cannot_be_read_keeps_nobody_from_the_others(
    program: Program, run: StyleRun, damage: str
) -> None:
    take = newest_take(run, 2)
    assert take.original
    name = str(take.original.file)
    default_storage.delete(name)
    if damage == "broken":
        take.original.content_type = "image/webp"
        take.original.save()
        with default_storage.open(name, "wb") as file:
            file.write(b"no picture")
    archive = exported(program, run.project)
    assert len([name for name in archive.namelist() if name.endswith(".png")]) == 2
    assert read(archive, "image_progress_clear.json")["completedBeats"] == ["1", "3"]
    files = [picture["file"] for picture in read(archive, "project.json")["series"][0]["pictures"]]
    assert files[1] is None
    export = Export.objects.get()
    assert (export.status, export.done, export.total) == (ExportStatus.READY, 2, 3)


def test_what_is_read_for_it_does_not_grow_with_the_series(
    django_assert_max_num_queries: Any, program: Program, run: StyleRun
) -> None:
    a_run(a_project(*TEXTS, *TEXTS))
    with django_assert_max_num_queries(1):
        archives.load_series(run.project)


# --- asking for it ---------------------------------------------------------------------------------------------------


def test_an_export_tells_how_far_it_is_and_where_to_fetch_it(program: Program, run: StyleRun) -> None:
    asked = ask(program, run.project)
    assert (asked["status"], asked["done"], asked["total"]) == ("pending", 0, 3)
    assert (asked["file_url"], asked["size"], asked["expires_at"]) == (None, None, None)
    path = f"/api/v1/exports/{asked['id']}"
    assert denied(program, asked["id"]) == (404, "not_ready")
    work()
    ready = program.get(path)
    assert (ready["status"], ready["done"], ready["error"]) == ("ready", 3, "")
    assert ready["file_url"] == f"{settings.PUBLIC_URL}{path}/file"
    answer, data = file_of(program, asked["id"])
    assert (answer["Content-Type"], len(data), int(answer["Content-Length"])) == (
        "application/zip", ready["size"], ready["size"],
    )  # fmt: skip
    assert answer["Content-Disposition"] == 'attachment; filename="Bird house.zip"'
    assert program.get(f"/api/v1/projects/{run.project_id}/exports")["items"] == [ready]


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ('a"b\\c/../d', 'attachment; filename="a_b_c_.._d.zip"'),
        ("Vogelhäuschen", "attachment; filename*=utf-8''Vogelh%C3%A4uschen.zip"),
        ("...", 'attachment; filename="_.zip"'),
        ("a\r\nX-Evil: 1", 'attachment; filename="a_X-Evil_ 1.zip"'),
    ],
)
def test_the_file_is_called_as_the_project_whatever_that_is(
    program: Program, run: StyleRun, title: str, header: str
) -> None:
    Project.objects.update(title=title)
    export_id = ask(program, run.project)["id"]
    work()
    assert program.call("GET", f"/api/v1/exports/{export_id}/file")["Content-Disposition"] == header


def test_while_one_is_made_the_same_person_is_told_that_one(program: Program, run: StyleRun) -> None:
    first = ask(program, run.project)
    assert ask(program, run.project)["id"] == first["id"]
    Project.objects.update(visibility=Visibility.PUBLIC)
    assert ask(Program(a_user("bob")), run.project)["id"] != first["id"]
    work()
    assert ask(program, run.project)["id"] != first["id"]


def test_where_there_is_no_picture_nothing_is_exported(program: Program, project: Project) -> None:
    a_run(project)
    refused = ask(program, project, expect=409)
    assert (refused["code"], refused["charged"]) == ("refused", "no")
    assert "no picture of this project is made" in refused["detail"]
    assert not Export.objects.exists()


# --- whatever happens ------------------------------------------------------------------------------------------------


def files() -> list[str]:
    return default_storage.listdir("exports")[1] if default_storage.exists("exports") else []


@pytest.fixture(autouse=True)
def no_files_of_other_tests() -> None:
    for name in files():
        default_storage.delete(f"exports/{name}")


def test_an_export_whose_job_was_lost_is_made_all_the_same(
    program: Program, run: StyleRun, flushed_broker: redis.Redis
) -> None:
    asked = ask(program, run.project)
    flushed_broker.flushall()
    packing.ring_missed()
    assert queued(FILES) == 0, "its job may still be on its way"
    Export.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    packing.ring_missed()
    packing.ring_missed()
    assert queued(FILES) == 1
    work()
    assert program.get(f"/api/v1/exports/{asked['id']}")["status"] == "ready"


def test_asking_works_while_the_broker_is_away(
    monkeypatch: pytest.MonkeyPatch, program: Program, run: StyleRun
) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis.Redis, "execute_command", away)
    assert ask(program, run.project)["status"] == "pending"
    Export.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    packing.ring_missed()
    monkeypatch.undo()
    packing.ring_missed()
    work()
    assert Export.objects.get().status == ExportStatus.READY


def died(export: Export) -> Export:
    """As a worker leaves it that was killed in the middle: claimed, a file half written, and then no sign of life."""
    claimed = packing.claim(export.pk)
    assert claimed
    with default_storage.open(str(claimed.file), "wb") as file:
        file.write(b"half of it")
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    return claimed


def test_an_export_whose_worker_died_is_made_again(
    program: Program, run: StyleRun, flushed_broker: redis.Redis
) -> None:
    ask(program, run.project)
    flushed_broker.flushall()
    died(Export.objects.get())
    assert program.get(f"/api/v1/exports/{Export.objects.get().pk}")["status"] == "making"
    packing.ring_missed()
    work()
    assert len(fetch(program, Export.objects.get().pk).namelist()) == 5
    assert len(files()) == 1, "what the dead one left is gone"


def test_an_export_that_is_being_made_is_not_made_twice(program: Program, run: StyleRun) -> None:
    ask(program, run.project)
    export = Export.objects.get()
    assert packing.claim(export.pk)
    assert packing.claim(export.pk) is None
    jobs.make_export(export.pk)
    assert Export.objects.get().status == ExportStatus.MAKING


def test_a_late_worker_changes_nothing_of_what_another_has_made(program: Program, run: StyleRun) -> None:
    ask(program, run.project)
    late = died(Export.objects.get())
    jobs.make_export(late.pk)
    ready = Export.objects.get()
    packing.make(late)
    packing.fail(late, "00000000")
    assert Export.objects.filter(status=ExportStatus.READY, file=str(ready.file)).exists()
    assert [f"exports/{name}" for name in files()] == [str(ready.file)]


def test_an_export_that_kills_its_workers_is_given_up(program: Program, run: StyleRun) -> None:
    asked = ask(program, run.project)
    died(Export.objects.get())
    Export.objects.update(created_at=timezone.now() - packing.GIVEN_UP - timedelta(seconds=1))
    jobs.make_export(asked["id"])
    told = program.get(f"/api/v1/exports/{asked['id']}")
    assert told["status"] == "failed"
    assert "stopped before the end" in told["error"]
    assert denied(program, asked["id"]) == (404, "export_failed")


def test_what_nobody_foresaw_ends_it_with_a_reference(program: Program, run: StyleRun) -> None:
    place = Path(settings.MEDIA_ROOT) / "exports"
    if place.exists():
        place.rmdir()
    place.write_text("a file where the folder was")
    asked = ask(program, run.project)
    work()
    place.unlink()
    told = program.get(f"/api/v1/exports/{asked['id']}")
    assert told["status"] == "failed"
    assert "reference" in told["error"]
    assert str(place) not in told["error"]
    assert ask(program, run.project)["status"] == "pending", "one may ask again"


def test_the_real_worker_makes_it(
    program: Program, run: StyleRun, process_environment: dict[str, str], flushed_broker: redis.Redis
) -> None:
    with worker(process_environment):
        asked = ask(program, run.project)
        wait_for(lambda: Export.objects.filter(pk=asked["id"], status=ExportStatus.READY).exists(), "the export", 30)
    assert len(fetch(program, asked["id"]).namelist()) == 5


# --- its end ---------------------------------------------------------------------------------------------------------


def test_when_its_time_is_over_it_is_gone_and_the_row_tells_of_it(program: Program, run: StyleRun) -> None:
    export_id = ask(program, run.project)["id"]
    work()
    ready = Export.objects.get()
    assert ready.finished_at
    assert ready.expires_at == ready.finished_at + timedelta(hours=settings.EXPORTS_KEPT_HOURS)
    assert packing.remove_expired() == 0
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for removed in (1, 0):
        assert denied(program, export_id) == (410, "gone")
        told = program.get(f"/api/v1/exports/{export_id}")
        assert (told["status"], told["file_url"]) == ("expired", None)
        assert packing.remove_expired() == removed
    assert files() == []


def test_only_the_newest_of_one_persons_are_kept(program: Program, run: StyleRun) -> None:
    staff = Program(User.objects.create_superuser("carla"))
    others = ask(staff, run.project)["id"]
    work()
    asked = []
    for _ in range(packing.KEPT + 1):
        asked.append(ask(program, run.project)["id"])
        work()
    statuses = [staff.get(f"/api/v1/exports/{export}")["status"] for export in (others, *asked)]
    assert statuses == ["ready", "expired", *["ready"] * packing.KEPT]
    assert denied(program, asked[0]) == (410, "gone")
    assert len(files()) == packing.KEPT + 1


def test_a_file_that_is_lost_is_gone(program: Program, run: StyleRun) -> None:
    export_id = ask(program, run.project)["id"]
    work()
    default_storage.delete(str(Export.objects.get().file))
    assert denied(program, export_id) == (410, "gone")


# --- whose they are --------------------------------------------------------------------------------------------------


def test_only_who_asked_and_staff_have_it(run: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.PUBLIC)
    bob, ada = Program(a_user("bob")), Program(a_user())
    export_id = ask(bob, run.project)["id"]
    work()
    paths = [f"/api/v1/exports/{export_id}", f"/api/v1/exports/{export_id}/file"]
    User.objects.create_superuser("root", password="pass")
    root = Program(User.objects.get(username="root"))
    for path in paths:
        assert bob.call("GET", path).status_code == 200
        assert root.call("GET", path).status_code == 200
        assert ada.call("GET", path).status_code == 404, "not even the project's owner"
        assert Program(scopes=None).call("GET", path).status_code == 401
        assert Program(a_user("bob"), [Scope.WRITE, Scope.RUN, Scope.ADMIN]).call("GET", path).status_code == 403
    assert ada.get(f"/api/v1/projects/{run.project_id}/exports")["items"] == []
    Project.objects.update(visibility=Visibility.PRIVATE)
    for path in paths:
        assert bob.call("GET", path).status_code == 404, "he may no longer see the project"


def test_other_peoples_projects_are_not_exported(run: StyleRun) -> None:
    path = f"/api/v1/projects/{run.project_id}/exports"
    assert Program(a_user("bob")).call("POST", path).status_code == 404
    assert Program(a_user("bob")).call("GET", path).status_code == 404
    assert Program(a_user(), [Scope.READ, Scope.RUN, Scope.ADMIN]).call("POST", path).status_code == 403
    assert not Export.objects.exists()


@pytest.mark.parametrize("number", [0, 2**63, 10**30])
@pytest.mark.parametrize("path", ["GET exports/{}", "GET exports/{}/file", "GET projects/{}/exports",
                                  "POST projects/{}/exports"])  # fmt: skip
def test_a_number_that_no_row_has_is_not_found(program: Program, path: str, number: int) -> None:
    method, _, where = path.format(number).partition(" ")
    assert program.call(method, f"/api/v1/{where}").status_code == 404
