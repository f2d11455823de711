"""Runs over REST: started, foreseen, read and steered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import actions, frames, gates
from generation.api.v1 import api
from generation.api.v1.options import Choices
from generation.models import (
    Call,
    Engine,
    Event,
    Frame,
    Gate,
    Hold,
    IdempotencyKey,
    Outcome,
    Price,
    Scope,
    StyleRun,
    Take,
    Worker,
)
from generation.verbs import RUN_VERBS, VERBS
from storyboards.models import Project, Step, Visibility
from tests.calling import Program
from tests.making import a_key, a_paid_engine, a_project, a_run, a_user, an_engine, frame, make_all

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("Saw the boards", "Nail the walls", "Add a floor")
WISH = {"styles": ["clear"], "strategy": "chained", "engine": "quick"}


@pytest.fixture
def program() -> Program:
    return Program(a_user())


@pytest.fixture
def project() -> Project:
    an_engine()
    return a_project(*TEXTS)


def start(program: Program, project: Project, expect: int = 202, **wish: Any) -> Any:
    """The runs, or a problem."""
    answer = program.post(f"/api/v1/projects/{project.pk}/start", WISH | wish, expect=expect)
    return answer["items"] if expect == 202 else answer


def estimate(program: Program, project: Project, **wish: Any) -> Any:
    return program.post(f"/api/v1/projects/{project.pk}/estimate", WISH | wish)


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (StyleRun, Frame, Take, Event, Call))


# --- starting --------------------------------------------------------------------------------------------------------


def test_a_whole_run_is_started_made_and_told(program: Program, project: Project) -> None:
    (run,) = start(program, project)
    assert (run["project"], run["style"], run["engine"], run["strategy"]) == (project.pk, "clear", "quick", "chained")
    assert (run["status"], run["done"], run["total"], run["progress"]) == ("generating", 0, 3, 0.0)
    assert make_all() == 3
    made = program.get(f"/api/v1/runs/{run['id']}")
    assert (made["status"], made["done"], made["failed"], made["progress"]) == ("completed", 3, 0, 1.0)
    assert made["completed_at"] is not None
    frames = program.get(f"/api/v1/runs/{run['id']}/frames")["items"]
    assert [(frame["position"], frame["status"]) for frame in frames] == [(n, "completed") for n in (1, 2, 3)]
    assert [frame["source"] for frame in frames] == [None, frames[0]["id"], frames[1]["id"]]
    assert all(frame["image_url"].startswith("http") for frame in frames)


def test_several_styles_are_runs_of_their_own_in_the_order_asked_for(program: Program, project: Project) -> None:
    runs = start(program, project, styles=["consistent", "clear"])
    assert [run["style"] for run in runs] == ["consistent", "clear"]


def test_started_twice_it_makes_nothing_twice(program: Program, project: Project) -> None:
    first = start(program, project)
    assert start(program, project)[0]["id"] == first[0]["id"]
    assert make_all() == 3
    refused = start(program, project, expect=409)
    assert (refused["code"], refused["charged"]) == ("all_made", "no")
    assert "Every picture exists already" in refused["detail"]
    assert Take.objects.count() == 3


def test_a_start_sent_again_under_its_key_is_answered_as_before(program: Program, project: Project) -> None:
    path = f"/api/v1/projects/{project.pk}/start"
    before = rows()
    first = program.post(path, WISH, expect=202, Idempotency_Key="a-1")
    make_all()
    again: Any = program.call("POST", path, WISH, Idempotency_Key="a-1")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert again.json() == first
    assert rows() != before
    assert IdempotencyKey.objects.count() == 1


def test_fresh_begins_a_series_beside_the_one_there_is(program: Program, project: Project) -> None:
    first = start(program, project)
    make_all()
    second = start(program, project, fresh=True)
    assert second[0]["id"] != first[0]["id"]
    assert program.get(f"/api/v1/runs?project={project.pk}")["items"][0]["id"] == second[0]["id"], "newest first"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"styles": ["nowhere"]}, "There is no style “nowhere”. There are: "),
        ({"engine": "nothing"}, "There is no engine “nothing” that is switched on. There are: "),
    ],
)
def test_what_cannot_be_started_is_refused_in_words_and_changes_nothing(
    program: Program, project: Project, wish: dict[str, Any], words: str
) -> None:
    before = rows()
    refused = start(program, project, expect=409, **wish)
    assert refused["code"] == "refused"
    assert words in refused["detail"]
    assert estimate(program, project, **wish) == {
        "pictures": 0, "styles": dict.fromkeys(wish.get("styles", ["clear"]), 0), "reused": 0, "cost": "0",
        "seconds": 0.0,
        "refusal": refused["detail"],
    }  # fmt: skip
    assert rows() == before


def test_a_project_without_steps_is_refused(program: Program) -> None:
    an_engine()
    refused = start(program, a_project(), expect=409)
    assert refused["code"] == "refused"
    assert not StyleRun.objects.exists()


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"styles": [], "strategy": "chained"}, "body.styles"),
        ({"styles": "clear", "strategy": "chained"}, "body.styles"),
        ({"styles": ["../clear"], "strategy": "chained"}, "body.styles.0"),
        ({"styles": ["clear"] * 51, "strategy": "chained"}, "body.styles"),
        ({"styles": ["clear"], "strategy": "backwards"}, "body.strategy"),
        ({"styles": ["clear"]}, "body.strategy"),
        (WISH | {"engine": 7}, "body.engine"),
        (WISH | {"fresh": "yes"}, "body.fresh"),
        (WISH | {"speed": "high"}, "body.speed"),
    ],
)
@pytest.mark.parametrize("verb", ["start", "estimate"])
def test_a_body_that_is_not_as_it_must_be_is_told_where(
    program: Program, project: Project, verb: str, body: dict[str, Any], at: str
) -> None:
    before = rows()
    wrong = program.post(f"/api/v1/projects/{project.pk}/{verb}", body, expect=422)
    assert [error["at"] for error in wrong["errors"]] == [at]
    assert rows() == before


# --- foreseeing ------------------------------------------------------------------------------------------------------


def test_an_estimate_stores_nothing_and_says_what_the_start_then_does(program: Program, project: Project) -> None:
    before = rows()
    told = estimate(program, project, styles=["clear", "consistent"])
    assert rows() == before
    assert (told["pictures"], told["styles"], told["cost"]) == (6, {"clear": 3, "consistent": 3}, "0")
    assert (told["seconds"], told["refusal"]) == (None, "")
    start(program, project, styles=["clear", "consistent"])
    assert make_all() == told["pictures"]


def test_an_estimate_counts_what_is_missing_alone(program: Program, project: Project) -> None:
    start(program, project)
    make_all()
    assert "Every picture exists already" in estimate(program, project)["refusal"]
    assert estimate(program, project, styles=["clear", "consistent"])["styles"] == {"clear": 0, "consistent": 3}


@pytest.mark.parametrize(("price", "cost"), [("0.06", "0.210000"), (None, None)])
def test_an_estimate_knows_the_price_or_says_that_nobody_does(
    program: Program, project: Project, price: str | None, cost: str | None
) -> None:
    a_key()
    engine = a_paid_engine()
    Price.objects.filter(provider="gemini").delete()
    if price:
        Price.objects.create(provider="gemini", per_picture=Decimal(price), per_reference=Decimal("0.01"))
    assert estimate(program, project, engine=engine.slug)["cost"] == cost


def four_seconds_each(engine: Engine, calls: int = 3) -> None:
    """So long the engine took lately."""
    now = timezone.now()
    for _ in range(calls):
        Call.objects.create(
            engine=engine, project_title="", step_number=1, provider="sketch", attempt=1, fence=1,
            outcome=Outcome.SUCCEEDED, sent_at=now, finished_at=now + timedelta(seconds=4),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("strategy", "styles", "fields", "seconds"),
    [
        ("chained", 1, {}, 12.0),  # one after the other
        ("independent", 1, {}, 4.0),  # all at once
        ("independent", 1, {"max_parallel": 2}, 8.0),
        ("cumulative", 1, {}, 8.0),  # two at once
        ("independent", 2, {"max_parallel": 2}, 12.0),  # each style has half of them
    ],
)
def test_an_estimate_takes_as_long_as_the_engine_took_lately(
    program: Program, project: Project, strategy: str, styles: int, fields: dict[str, Any], seconds: float
) -> None:
    four_seconds_each(an_engine(**fields))
    chosen = ["clear", "consistent"][:styles]
    assert estimate(program, project, strategy=strategy, styles=chosen)["seconds"] == seconds


def test_an_estimate_takes_longer_where_there_are_several_to_choose_from(program: Program, project: Project) -> None:
    four_seconds_each(an_engine(max_parallel=2))
    told = estimate(program, project, strategy="independent", candidates=2)
    assert (told["pictures"], told["seconds"]) == (6, 12.0)


def test_too_few_pictures_tell_nothing_of_the_time(program: Program, project: Project) -> None:
    four_seconds_each(an_engine(), calls=2)
    assert estimate(program, project)["seconds"] is None


def test_an_estimate_knows_how_many_pictures_the_workers_make_at_once(program: Program, project: Project) -> None:
    four_seconds_each(an_engine())
    Worker.objects.create(name="small", threads=1, heartbeat_at=timezone.now())
    assert estimate(program, project, strategy="independent")["seconds"] == 12.0


# --- steering --------------------------------------------------------------------------------------------------------


def cancelled(run: StyleRun) -> None:
    actions.cancel(run, None)


def paused(run: StyleRun) -> None:
    actions.pause(run, None)


def untouched(run: StyleRun) -> None:
    pass


def gated(run: StyleRun) -> None:
    """It has made its first picture, and waits for approval."""
    StyleRun.objects.filter(pk=run.pk).update(gate=Gate.FRAME)
    run.refresh_from_db()
    gates.shut(run)
    frames.follow_frames(run)
    make_all()


def rewritten(run: StyleRun) -> None:
    """Made, and a step was written anew since."""
    make_all()
    Step.objects.filter(project=run.project, position=2).update(title="Screw the walls")


def approved(run: StyleRun) -> None:
    make_all()
    actions.approve_frame(run.frames.get(position=1), None)


def queued(run: StyleRun) -> None:
    """Beside another one of its owner."""
    a_run(a_project("a lamp"))


def moved(run: StyleRun) -> None:
    queued(run)
    actions.to_front(run, None)


FINAL = {"engine": "fine", "longest_side": 128, "keep_composition": True}
TRIED: list[tuple[Callable[[StyleRun], None], str, dict[str, Any], str]] = [
    (untouched, "pause", {}, "paused"),
    (paused, "resume", {}, "generating"),
    (untouched, "cancel", {}, "cancelled"),
    (cancelled, "retry_failed", {}, "generating"),
    (gated, "approve", {}, "generating"),
    (gated, "ungate", {}, "generating"),
    (rewritten, "update", {}, "generating"),
    (rewritten, "remake_stale", {}, "generating"),
    (approved, "finalize", FINAL, "completed"),
    (queued, "to_front", {}, "generating"),
    (moved, "usual_turn", {}, "generating"),
    (queued, "prefer", {}, "generating"),
]


@pytest.mark.parametrize(("before", "verb", "options", "status"), TRIED)
def test_every_verb_answers_the_run_as_it_then_is(
    program: Program,
    project: Project,
    before: Callable[[StyleRun], None],
    verb: str,
    options: dict[str, Any],
    status: str,
) -> None:
    an_engine("fine")
    run = a_run(project)
    before(run)
    if RUN_VERBS[verb].right:
        program = Program(a_user("chief", is_staff=True, is_superuser=True))
    told = program.post(f"/api/v1/runs/{run.pk}/{verb}", options)
    assert (told["id"], told["status"]) == (run.pk, status)
    assert (told.pop("began") is not None) == (verb == "finalize")
    assert told == program.get(f"/api/v1/runs/{run.pk}")


def test_a_verb_needs_no_body(program: Program, project: Project) -> None:
    run = a_run(project)
    answer: Any = program.call("POST", f"/api/v1/runs/{run.pk}/pause")
    assert (answer.status_code, answer.json()["status"]) == (200, "paused")


def test_what_is_made_finally_is_a_run_of_its_own(program: Program, project: Project) -> None:
    an_engine("fine")
    draft = a_run(project)
    approved(draft)
    path = f"/api/v1/runs/{draft.pk}/finalize"
    answer = program.post(path, FINAL, Idempotency_Key="final-1")
    final = program.get(f"/api/v1/runs/{answer['began']}")
    assert (final["draft"], final["engine"], final["total"], final["status"]) == (draft.pk, "fine", 1, "generating")
    assert (final["width"], final["keep_composition"]) == (128, True)
    assert program.post(path, FINAL, Idempotency_Key="final-1") == answer
    assert StyleRun.objects.count() == 2


def test_a_start_goes_on_with_the_drafts_and_not_with_what_is_made_finally(program: Program, project: Project) -> None:
    an_engine("fine")
    draft = a_run(project)
    approved(draft)
    program.post(f"/api/v1/runs/{draft.pk}/finalize", FINAL)
    make_all()
    Step.objects.create(project=project, position=4, title="Paint it")
    (run,) = start(program, project, engine=None)
    assert (run["id"], run["total"]) == (draft.pk, 4)


def test_a_run_that_waits_says_for_what_and_goes_on_when_it_is_approved(program: Program, project: Project) -> None:
    (run,) = start(program, project, gate="frame")
    path = f"/api/v1/runs/{run['id']}"
    assert (run["gate"], run["waits_for_approval_of"]) == ("frame", [])
    for made in (1, 2):
        assert make_all() == 1
        held = program.get(path)
        waits = StyleRun.objects.get().frames.get(position=made)
        assert (held["hold"], held["done"], held["waits_for_approval_of"]) == ("approval", made, [waits.pk])
        assert program.post(f"{path}/approve")["hold"] == ""
    assert make_all() == 1
    assert program.get(path)["status"] == "completed"


@pytest.mark.parametrize(
    ("verb", "options", "at"),
    [
        ("finalize", {}, "body.engine"),
        ("finalize", {"engine": "nothing"}, "body.engine"),
        ("finalize", {"engine": "../fine"}, "body.engine"),
        ("finalize", {"engine": None}, "body.engine"),
        ("finalize", FINAL | {"longest_side": 63}, "body.longest_side"),
        ("finalize", FINAL | {"longest_side": "64"}, "body.longest_side"),
        ("finalize", FINAL | {"quality": "x" * 41}, "body.quality"),
        ("finalize", FINAL | {"keep_composition": "no"}, "body.keep_composition"),
        ("finalize", FINAL | {"speed": 1}, "body.speed"),
        ("pause", {"engine": "fine"}, "body.engine"),
        ("pause", {"why": "lunch"}, "body.why"),
    ],
)
def test_options_that_make_no_sense_are_told_where_and_nothing_is_done(
    program: Program, project: Project, verb: str, options: dict[str, Any], at: str
) -> None:
    an_engine("fine")
    run = a_run(project)
    approved(run)
    there = rows()
    wrong = program.post(f"/api/v1/runs/{run.pk}/{verb}", options, expect=422)
    assert [(error["at"], bool(error["message"])) for error in wrong["errors"]] == [(at, True)]
    assert rows() == there


def test_an_engine_that_there_is_not_is_named(program: Program, project: Project) -> None:
    run = a_run(project)
    wrong = program.post(f"/api/v1/runs/{run.pk}/finalize", {"engine": "nothing"}, expect=422)
    (error,) = wrong["errors"]
    assert error == {"at": "body.engine", "message": "There is no engine “nothing” that is switched on."}


def test_a_verb_with_a_right_of_its_own_is_not_there_for_those_without_it(
    program: Program, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RUN_VERBS, "pause", replace(RUN_VERBS["pause"], right="generation.change_stylerun"))
    run = a_run(project)
    assert program.post(f"/api/v1/runs/{run.pk}/pause", expect=404)["code"] == "not_found"
    chief = Program(a_user("chief", is_staff=True, is_superuser=True))
    assert chief.post(f"/api/v1/runs/{run.pk}/pause")["status"] == "paused"


@pytest.mark.parametrize(
    ("before", "verb", "words"),
    [
        (paused, "pause", "Only a run that is being made can be paused."),
        (untouched, "resume", "This run is not paused."),
        (cancelled, "cancel", "This run has ended already."),
        (untouched, "retry_failed", "Nothing has failed here."),
        (untouched, "approve", "Nothing of this run waits for approval."),
        (untouched, "ungate", "This run does not wait for approval."),
        (untouched, "update", "This run is up to date."),
        (untouched, "remake_stale", "Nothing is stale here."),
        (moved, "to_front", "It goes before its owner’s other runs already."),
        (untouched, "usual_turn", "It has its usual turn already."),
    ],
)
def test_a_verb_that_makes_no_sense_now_is_refused_and_changes_nothing(
    program: Program, project: Project, before: Callable[[StyleRun], None], verb: str, words: str
) -> None:
    run = a_run(project)
    before(run)
    there, status = rows(), StyleRun.objects.get(pk=run.pk).status
    refused = program.post(f"/api/v1/runs/{run.pk}/{verb}", expect=409)
    assert (refused["code"], refused["detail"]) == ("refused", words)
    assert (rows(), StyleRun.objects.get(pk=run.pk).status) == (there, status)


def test_there_are_tests_and_a_description_of_every_verb(program: Program, project: Project) -> None:
    assert {verb for _before, verb, _options, _status in TRIED} == set(RUN_VERBS)
    for kind, verbs in VERBS.items():
        (verb,) = [
            parameter
            for parameter in api.get_openapi_schema()["paths"][f"/api/v1/{kind}s/{{{kind}_id}}/{{verb}}"]["post"][
                "parameters"
            ]
            if parameter["name"] == "verb"
        ]
        assert verb["schema"]["enum"] == list(verbs)
        told = verb["schema"]["description"].splitlines()
        assert [line.partition(":")[0] for line in told] == [f"`{name}`" for name in verbs]
        assert all(line.endswith(".") for line in told), "each says what it does"


def test_a_verb_that_there_is_not_is_not_found(program: Program, project: Project) -> None:
    run = a_run(project)
    assert program.post(f"/api/v1/runs/{run.pk}/explode", expect=404)["code"] == "not_found"


# --- repairing -------------------------------------------------------------------------------------------------------


def scopes(plan: Any) -> dict[str, tuple[int, str]]:
    return {name: (told["pictures"], told["refusal"]) for name, told in plan["scopes"].items()}


def test_a_repair_is_told_before_it_is_made(program: Program, project: Project) -> None:
    run = a_run(project)
    rewritten(run)
    first, second, third = run.frames.current()
    actions.lock(first, None)
    before = rows()
    plan = program.get(f"/api/v1/runs/{run.pk}/repair")
    assert rows() == before
    assert plan["stale"] == [
        {"frame": second.pk, "step": second.step_id, "position": 2, "why": "the text changed since"}
    ]
    assert plan["follows"] == [{"frame": third.pk, "step": third.step_id, "position": 3, "of": "2"}]
    assert (plan["missing"], plan["locked"]) == ([], [])
    assert plan["list"] == {"new": [], "gone": [], "moved": False}
    assert scopes(plan) == {"remake_stale": (2, ""), "update": (2, "")}
    assert plan["scopes"]["update"]["cost"] == "0"
    program.post(f"/api/v1/runs/{run.pk}/remake_stale")
    assert make_all() == 2
    assert program.get(f"/api/v1/runs/{run.pk}/repair")["stale"] == []


def test_a_repair_of_one_frame_is_told_with_all_that_follows(program: Program, project: Project) -> None:
    run = a_run(project)
    make_all()
    first, second, _third = run.frames.current()
    path = f"/api/v1/runs/{run.pk}/repair?frame="
    assert scopes(program.get(f"{path}{second.pk}")) == {
        "remake_stale": (0, "Nothing is stale here."),
        "update": (0, "This run is up to date."),
        "regenerate": (1, ""),
        "regenerate_following": (2, ""),
    }
    actions.lock(first, None)
    assert scopes(program.get(f"{path}{first.pk}"))["regenerate"] == (0, "This picture is locked: unlock it first.")
    other = a_run(a_project("a lamp"))
    assert program.call("GET", f"{path}{frame(other, 1).pk}").status_code == 404


def test_a_repair_tells_how_the_list_has_changed(program: Program, project: Project) -> None:
    run = a_run(project)
    make_all()
    first, second, third = project.ordered_steps()
    change = {first: 2, second: 1}
    Step.objects.filter(pk=third.pk).update(deleted_at=timezone.now(), position=-3)
    for step in (first, second):
        Step.objects.filter(pk=step.pk).update(position=-step.position)
    for step, position in change.items():
        Step.objects.filter(pk=step.pk).update(position=position)
    new = Step.objects.create(project=project, position=3, title="Paint it")
    plan = program.get(f"/api/v1/runs/{run.pk}/repair")
    assert plan["list"] == {"new": [new.pk], "gone": [frame(run, 3).pk], "moved": True}
    assert plan["scopes"]["update"]["pictures"] > 0


def test_a_locked_frame_is_told_apart_from_what_would_be_made_again(program: Program, project: Project) -> None:
    run = a_run(project)
    rewritten(run)
    actions.lock(frame(run, 2), None)
    plan = program.get(f"/api/v1/runs/{run.pk}/repair")
    assert ([told["frame"] for told in plan["locked"]], plan["stale"]) == ([frame(run, 2).pk], [])


# --- choices ---------------------------------------------------------------------------------------------------------

CHOSEN: dict[str, Any] = {
    "size": 128, "candidates": 2, "gate": "first", "gate_after": 2, "reuse": True, "reanchor": 2, "max_parallel": 1,
}  # fmt: skip


def test_a_start_is_made_as_it_was_chosen(program: Program, project: Project) -> None:
    (run,) = start(program, project, **CHOSEN)
    kept = {name: value for name, value in CHOSEN.items() if name != "size"}
    assert {name: run[name] for name in kept} == kept
    assert (run["width"], run["height"], run["quality"], run["keep_composition"]) == (128, 128, "", False)
    row = StyleRun.objects.get()
    assert (row.max_parallel, row.snapshot["width"], row.snapshot["height"]) == (1, 128, 128)
    assert make_all() == 4
    assert program.get(f"/api/v1/runs/{run['id']}")["hold"] == "approval"


def test_a_run_that_is_gone_on_with_keeps_what_was_chosen(program: Program, project: Project) -> None:
    (run,) = start(program, project, gate="shot", candidates=2)
    (again,) = start(program, project)
    assert (again["id"], again["gate"], again["candidates"]) == (run["id"], "shot", 2)
    (other,) = start(program, project, gate="")
    assert (other["id"], other["gate"], other["candidates"]) == (run["id"], "", 1)


def test_another_size_is_a_run_of_its_own(program: Program, project: Project) -> None:
    (run,) = start(program, project)
    make_all()
    (other,) = start(program, project, size=128)
    assert other["id"] != run["id"]


def test_pictures_that_exist_already_are_foreseen_and_taken_over(program: Program, project: Project) -> None:
    start(program, project)
    make_all()
    twin = a_project(*TEXTS)
    told = estimate(program, twin, reuse=True)
    assert (told["pictures"], told["reused"]) == (0, 3)
    assert estimate(program, twin)["reused"] == 0
    (run,) = start(program, twin, reuse=True)
    assert (run["done"], run["status"], make_all()) == (3, "completed", 0)
    first = StyleRun.objects.get(pk=run["id"]).frames.get(position=1)
    (take,) = program.get(f"/api/v1/frames/{first.pk}/takes")["items"]
    source = Take.objects.get(pk=take["reused_from"])
    assert (take["kind"], take["status"], source.run.project_id) == ("reuse", "completed", project.pk)


@pytest.mark.parametrize(
    ("wish", "at"),
    [
        ({"size": 63}, "body.size"),
        ({"size": "1024"}, "body.size"),
        ({"quality": 1}, "body.quality"),
        ({"candidates": 9}, "body.candidates"),
        ({"candidates": 0}, "body.candidates"),
        ({"gate": "always"}, "body.gate"),
        ({"gate_after": 0}, "body.gate_after"),
        ({"reuse": "yes"}, "body.reuse"),
        ({"reanchor": -1}, "body.reanchor"),
        ({"max_parallel": 0}, "body.max_parallel"),
    ],
)
def test_choices_that_make_no_sense_are_told_where(
    program: Program, project: Project, wish: dict[str, Any], at: str
) -> None:
    wrong = start(program, project, 422, **wish)
    assert [error["at"] for error in wrong["errors"]] == [at]
    assert not StyleRun.objects.exists()


def test_an_engine_refuses_a_quality_that_it_does_not_know(program: Program, project: Project) -> None:
    refused = start(program, project, 409, quality="superb")
    assert refused["code"] == "refused"
    assert not StyleRun.objects.exists()


def test_gates_are_those_there_are() -> None:
    assert list(get_args(Choices.model_fields["gate"].annotation)) == Gate.values


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_list_holds_ones_own_runs_newest_first_in_pages(program: Program, project: Project) -> None:
    mine = [a_run(project, style=style) for style in ("clear", "consistent", "illustration")]
    a_run(a_project(*TEXTS, owner=a_user("bob"), visibility=Visibility.PUBLIC))
    page = program.get("/api/v1/runs?limit=2")
    rest = program.get(f"/api/v1/runs?limit=2&cursor={page['next']}")
    assert [run["id"] for run in page["items"] + rest["items"]] == [run.pk for run in reversed(mine)]
    assert rest["next"] is None


def test_the_list_can_be_narrowed_to_a_project_and_a_status(program: Program, project: Project) -> None:
    run = a_run(project)
    other = a_run(a_project(*TEXTS))
    actions.pause(other, None)

    def found(query: str) -> list[int]:
        return [item["id"] for item in program.get(f"/api/v1/runs?{query}")["items"]]

    assert found(f"project={project.pk}") == [run.pk]
    assert found("status=paused") == [other.pk]
    assert found(f"status=paused&project={project.pk}") == []
    assert found(f"project={2**62}") == []


@pytest.mark.parametrize("query", ["status=lazy", f"project={2**63}", "project=0", "project=a", "limit=0", "cursor=x"])
def test_a_query_that_makes_no_sense_is_told(program: Program, query: str) -> None:
    assert program.call("GET", f"/api/v1/runs?{query}").status_code == 422


def test_what_a_run_has_cost_is_told_to_those_who_pay(program: Program, project: Project) -> None:
    a_key()
    project.visibility = Visibility.PUBLIC
    project.save()
    run = a_run(project, engine=a_paid_engine())
    take = run.takes.order_by("pk")[0]
    for cost, reserved in (("0.04", "0.05"), (None, "0.06")):
        Call.objects.create(
            take=take, project=project, project_title="", step_number=1, provider="gemini", attempt=1, fence=1,
            outcome=Outcome.FAILED, cost=Decimal(cost) if cost else None, reserved_cost=Decimal(reserved),
            sent_at=timezone.now(),
        )  # fmt: skip
    StyleRun.objects.update(hold=Hold.BUDGET, hold_reason="The budget of $5 for ada has no room for another picture.")
    own = program.get(f"/api/v1/runs/{run.pk}")
    assert Decimal(own["spent"]) == Decimal("0.10")
    assert "$5" in own["hold_reason"]
    seen = Program(a_user("bob")).get(f"/api/v1/runs/{run.pk}")
    assert (seen["spent"], seen["hold"], seen["hold_reason"]) == (None, "budget", "its budget is used up")
    assert Program(a_user("bob")).get(f"/api/v1/runs?project={project.pk}")["items"][0]["spent"] is None


def test_a_run_that_the_switch_stops_says_so(program: Program, project: Project) -> None:
    a_key()
    path = f"/api/v1/runs/{a_run(project, engine=a_paid_engine()).pk}"
    for provider, words in (("", "all paid calls are paused"), ("gemini", "calls of gemini are paused")):
        actions.throw_switch(provider, user=None)
        told = program.get(path)
        assert (told["hold"], told["hold_reason"]) == ("emergency", words)
        actions.release_switch(provider, user=None)
        assert program.get(path)["hold"] == ""


def queries(program: Program, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        program.get(path)
    return len(captured)


def test_lists_take_as_many_queries_however_long_they_are(program: Program, project: Project) -> None:
    run = a_run(project, strategy="independent")
    make_all()
    program.get("/api/v1/runs")  # notes that the token is used
    few = queries(program, "/api/v1/runs"), queries(program, f"/api/v1/runs/{run.pk}/frames")
    for style in ("consistent", "illustration"):
        a_run(a_project(*TEXTS), style=style)
    big = a_run(a_project(*TEXTS, *TEXTS, *TEXTS), strategy="independent")
    make_all()
    assert (queries(program, "/api/v1/runs"), queries(program, f"/api/v1/runs/{big.pk}/frames")) == few


# --- whose they are --------------------------------------------------------------------------------------------------


def calls(run: StyleRun) -> list[tuple[str, str, Any, Scope]]:
    """Method, path, body and scope of every call about a run."""
    project = f"/api/v1/projects/{run.project_id}"
    return [
        ("GET", f"/api/v1/runs/{run.pk}", None, Scope.READ),
        ("GET", f"/api/v1/runs/{run.pk}/frames", None, Scope.READ),
        ("POST", f"{project}/estimate", WISH, Scope.READ),
        ("POST", f"{project}/start", WISH, Scope.RUN),
        *(("POST", f"/api/v1/runs/{run.pk}/{verb}", {}, Scope.RUN) for verb in RUN_VERBS),
    ]


def test_other_peoples_runs_are_not_there(project: Project) -> None:
    run = a_run(project)
    there = rows()
    for method, path, body, _scope in calls(run):
        assert Program(a_user("bob")).call(method, path, body).status_code == 404, path
        assert Program(scopes=None).call(method, path, body).status_code == 401, path
    assert Program(a_user("bob")).get(f"/api/v1/runs?project={project.pk}")["items"] == []
    assert rows() == there


def test_a_public_project_can_be_looked_at_and_not_steered(project: Project) -> None:
    Project.objects.update(visibility=Visibility.PUBLIC)
    run = a_run(project)
    for method, path, body, _scope in calls(run):
        expected = 200 if method == "GET" else 404
        assert Program(a_user("bob")).call(method, path, body).status_code == expected, path


def test_a_token_without_the_scope_may_not(project: Project) -> None:
    run = a_run(project)
    there = rows()
    for method, path, body, scope in calls(run):
        others = [other for other in (Scope.READ, Scope.WRITE, Scope.RUN, Scope.ADMIN) if other != scope]
        answer: Any = Program(a_user(), others).call(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    assert rows() == there


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 2**64, 10**30])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "runs/{}"),
        ("GET", "runs/{}/frames"),
        ("POST", "runs/{}/pause"),
        ("POST", "projects/{}/start"),
        ("POST", "projects/{}/estimate"),
    ],
)
def test_a_number_that_no_row_has_is_not_found(program: Program, method: str, path: str, number: int) -> None:
    body = WISH if path.startswith("projects") else None
    assert program.call(method, f"/api/v1/{path.format(number)}", body).status_code == 404
