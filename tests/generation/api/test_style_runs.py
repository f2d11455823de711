"""Style runs, called as the earlier program did: the stream read piece by piece, left in the middle, come back to."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation import actions, frames, gates
from generation.models import ApiToken, Engine, Event, Frame, Gate, Scope, StyleRun, Take
from generation.planning import Variation
from storyboards.editing import trash_project
from storyboards.models import Project, Step
from tests.calling import Program, a_token
from tests.making import a_project, a_run, a_style, a_user, an_engine, make_all
from tests.running import Environment, web, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]

NAME = "boards/2026/Night train"
Message = dict[str, Any]


def beats(*numbers: str, prompt: str = "a lamp", **more: str) -> list[dict[str, Any]]:
    """The first of each shot begins with a hard cut."""
    return [
        {
            "shot_number": int(number.split(".")[0]),
            "beat_number": number,
            "script_phrase": f"Phrase {number}",
            "transition_type": "H" if number.endswith(".1") else "C",
            "ai_prompt": f"{prompt} {number}",
        }
        | more
        for number in numbers
    ]


ALL = ("1.1", "1.2", "2.1", "2.2")
TWO_STYLES = {"clear": beats(*ALL), "illustration": beats(*ALL, prompt="a drawn lamp")}


def body(by_style: object = None, name: str = NAME) -> dict[str, Any]:
    return {"projectPath": name} | ({} if by_style is None else {"promptsByStyle": by_style})


def default_engine(**fields: Any) -> Engine:
    """What styles are made by that have no engine of their own."""
    Engine.objects.exclude(slug="quick").update(enabled=False)
    return an_engine(side=192, **fields)


# --- as the earlier clients behave -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


@contextmanager
def stream(server: str, sent: object, token: str) -> Iterator[Iterator[Message]]:
    """The messages as they come; left when the block ends."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server}/api/generate-images", json.dumps(sent).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield messages(answer)


def messages(answer: HTTPResponse) -> Iterator[Message]:
    for line in answer:
        if line.startswith(b"data: "):
            yield json.loads(line[len(b"data: ") :])
        else:
            assert line in (b"\n", b": alive\n")


def whole(server: str, sent: object, token: str) -> list[Message]:
    with stream(server, sent, token) as told:
        return list(told)


def told_of(told: Sequence[Message], style: str) -> dict[str, list[str]]:
    """By beat, the statuses in their order."""
    found: dict[str, list[str]] = {}
    for message in told:
        if message["type"] == "progress" and message["style"] == style:
            found.setdefault(message["beat_number"], []).append(message["status"])
    return found


def test_a_stream_tells_every_change_of_every_beat_in_all_styles(server: str, process_environment: Environment) -> None:
    default_engine(options={"seconds": 0.1})
    with worker(process_environment, threads=4):
        told = whole(server, body(TWO_STYLES), a_token())
    assert (told[0]["type"], list(told[0])) == ("start", ["type", "message"])
    assert told[-1] == {"type": "complete", "result": {"success": True}}
    assert {message["type"] for message in told[1:-1]} == {"progress"}
    for style in TWO_STYLES:
        assert told_of(told, style) == {beat: ["pending", "generating", "complete"] for beat in ALL}
        counts = [message["completed"] for message in told[1:-1] if message["style"] == style]
        assert counts == sorted(counts)
        assert (counts[0], counts[-1]) == (0, 4)
    assert {message["total"] for message in told[1:-1]} == {4}
    project = Project.objects.get(external_id=NAME)
    assert (project.title, project.owner.username) == ("Night train", "ada")
    assert {(run.style.slug, run.strategy) for run in project.runs.all()} == {
        ("clear", "shots"),
        ("illustration", "shots"),
    }


def test_who_leaves_in_the_middle_stops_nothing_and_goes_on_later(
    server: str, process_environment: Environment
) -> None:
    default_engine(options={"seconds": 0.4})
    token = a_token()
    with worker(process_environment, threads=1):
        with stream(server, body({"clear": TWO_STYLES["clear"]}), token) as told:
            first = next(message["beat_number"] for message in told if message.get("status") == "complete")
        again = whole(server, body(), token)
        assert told_of(again, "clear")[first] == ["skipped"]
        rest = {beat: statuses for beat, statuses in told_of(again, "clear").items() if statuses != ["skipped"]}
        assert rest
        assert all(statuses[-1] == "complete" for statuses in rest.values())
        third = whole(server, body({"clear": TWO_STYLES["clear"]}), token)
    assert [message["type"] for message in third] == ["start", *["progress"] * 4, "complete"]
    assert told_of(third, "clear") == {beat: ["skipped"] for beat in ALL}
    assert [message["completed"] for message in third[1:-1]] == [1, 2, 3, 4]
    assert Take.objects.count() == 4


def test_two_programs_at_once_share_one_run(server: str, process_environment: Environment) -> None:
    default_engine(options={"seconds": 0.2})
    token, both = a_token(), list[list[Message]]()
    programs = [threading.Thread(target=lambda: both.append(whole(server, body(TWO_STYLES), token))) for _ in range(2)]
    with worker(process_environment, threads=2):
        for program in programs:
            program.start()
        for program in programs:
            program.join(60)
    for told in both:
        assert told[-1]["type"] == "complete"
        assert all(
            statuses[-1] in ("complete", "skipped")
            for style in TWO_STYLES
            for statuses in told_of(told, style).values()
        )
    assert (len(both), StyleRun.objects.count(), Take.objects.count(), Step.objects.count()) == (2, 2, 8, 4)


def test_a_beat_that_fails_stops_no_other_and_says_why(server: str, process_environment: Environment) -> None:
    default_engine(options={"refuse_words": ["1.2"]}, max_attempts=1)
    with worker(process_environment):
        told = whole(server, body({"clear": TWO_STYLES["clear"]}), a_token())
    assert told_of(told, "clear")["1.2"][-1] == "error"
    assert [message["error"] for message in told if message.get("status") == "error"] == [
        Take.objects.get(status="failed").error_message
    ]
    assert {beat for beat, statuses in told_of(told, "clear").items() if statuses[-1] == "complete"} == {
        "1.1",
        "2.1",
        "2.2",
    }
    assert told[-1] == {"type": "complete", "result": {"success": True}}


def test_the_stream_is_ascii_whatever_it_tells(server: str, process_environment: Environment) -> None:
    """So that neither a piece that ends within a letter nor a reader that takes more than \\n for the end of a line is
    led astray."""
    default_engine(options={"fail_words": ["\u2028é"]}, max_attempts=1)
    sent = body({"clear": beats("1.1", prompt="a lamp \u2028é")})
    headers = {"Authorization": f"Bearer {a_token()}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server}/api/generate-images", json.dumps(sent).encode(), headers)
    with worker(process_environment), urllib.request.urlopen(request, timeout=30) as answer:
        told = answer.read()
    assert told.isascii()
    assert any("é" in json.loads(line[5:]).get("error", "") for line in told.splitlines() if line.startswith(b"data:"))


def test_stopping_ends_the_stream_of_whoever_listens(server: str) -> None:
    default_engine()
    token = a_token()
    with stream(server, body({"clear": TWO_STYLES["clear"]}), token) as told:
        assert [next(told)["type"] for _ in range(5)] == ["start", *["progress"] * 4]
        stopped = Program().post("/api/stop-generation", body())
        assert stopped["success"]
        assert "may still be charged" in stopped["message"]
        rest = list(told)
    assert told_of(rest, "clear") == {beat: ["error"] for beat in ALL}
    assert rest[-1]["type"] == "complete"


def test_a_paused_run_says_so_and_its_stream_stays(server: str) -> None:
    default_engine()
    with stream(server, body({"clear": TWO_STYLES["clear"]}), a_token()) as told:
        for _ in range(5):
            next(told)
        run = StyleRun.objects.get()
        actions.pause(run, run.project.owner)
        waits = next(told)
        assert (waits["type"], waits["beat_number"], waits["status"]) == ("progress", "1.1", "pending")
        assert waits["error"] == "Paused: paused by ada"
        actions.resume(run, run.project.owner)
        assert "error" not in next(told)
        actions.cancel(run, None)
        assert list(told)[-1]["type"] == "complete"


def test_a_run_that_waits_for_approval_says_so_and_its_stream_stays(server: str) -> None:
    default_engine()
    with stream(server, body({"clear": TWO_STYLES["clear"]}), a_token()) as told:
        next(told)
        run = StyleRun.objects.get()
        StyleRun.objects.filter(pk=run.pk).update(gate=Gate.FRAME)
        run.refresh_from_db()
        gates.shut(run)
        frames.follow_frames(run)
        make_all()
        waits = next(message for message in told if "error" in message)
        assert (waits["beat_number"], waits["status"]) == ("1.2", "pending")
        assert "approve beat 1.1 to go on" in waits["error"]
        actions.cancel(run, None)
        assert list(told)[-1]["type"] == "complete"


def test_pictures_that_were_taken_over_were_there_before(server: str) -> None:
    engine = default_engine()
    wanted, twin = {"clear": TWO_STYLES["clear"]}, "boards/2027/Night train"
    begin(body(wanted))
    make_all()
    begin(body(wanted, twin))
    project = Project.objects.get(external_id=twin)
    project.runs.all().delete()
    reuse = Variation(reuse=True)
    actions.start(project, user=project.owner, styles=[a_style()], strategy="shots", engine=engine, variation=reuse)
    assert make_all() == 0
    assert told_of(whole(server, body(wanted, twin), a_token()), "clear") == {beat: ["skipped"] for beat in ALL}
    done = Program().post("/api/get-generation-progress", body(name=twin))["progress"]["clear"]
    assert done["completedBeats"] == list(ALL)


ENDS: dict[str, Callable[[Project], object]] = {
    "trash": trash_project,
    "token": lambda project: ApiToken.objects.get().revoke(),
    "account": lambda project: User.objects.filter(pk=project.owner_id).update(is_active=False),
    "owner": lambda project: Project.objects.update(owner=a_user("ben")),
}


@pytest.mark.parametrize("end", ENDS)
def test_who_may_not_see_it_any_more_is_told_and_sent_away(server: str, end: str) -> None:
    default_engine()
    token = a_token(scopes=[Scope.RUN, Scope.WRITE])
    with stream(server, body({"clear": TWO_STYLES["clear"]}), token) as told:
        for _ in range(5):
            next(told)
        ENDS[end](Project.objects.get())
        if end != "trash":
            actions.pause(StyleRun.objects.get(), None)  # any event makes it look
        rest = list(told)
    assert [message["type"] for message in rest] == ["error"]
    assert "trash" in rest[0]["error"]
    assert end == "trash" or StyleRun.objects.get().is_active


# --- what is begun ---------------------------------------------------------------------------------------------------


def begin(sent: object, program: Program | None = None) -> str:
    """Send it and read the stream's first piece, which begins the work; then leave."""
    answer = (program or Program()).call("POST", "/api/generate-images", sent)
    assert answer.status_code == 200, answer.content
    return str(answer["Content-Type"])


def test_a_known_project_is_brought_up_and_nothing_is_deleted() -> None:
    default_engine()
    begin(body({"clear": beats("1.1", "1.2")}))
    make_all()
    before = {step.beat: step for step in Step.objects.all()}
    changed = beats("1.2", prompt="a candle") + beats("1.3")
    begin(body({"clear": changed, "comic": beats("1.1", prompt="an inked lamp")}))
    steps = list(Project.objects.get().ordered_steps())
    assert [(step.beat, step.version) for step in steps] == [("1.1", 2), ("1.2", 2), ("1.3", 1)]
    assert [step.pk for step in steps[:2]] == [before["1.1"].pk, before["1.2"].pk]
    prompts = {(step.beat, prompt.style.slug): prompt.text for step in steps for prompt in step.prompts.all()}
    assert prompts == {
        ("1.1", "clear"): "a lamp 1.1",
        ("1.1", "comic"): "an inked lamp 1.1",
        ("1.2", "clear"): "a candle 1.2",
        ("1.3", "clear"): "a lamp 1.3",
    }
    clear = StyleRun.objects.get(style__slug="clear")
    assert list(clear.takes.filter(status="pending").values_list("frame__step__beat", flat=True)) == ["1.3"]


def test_what_a_beat_says_anew_is_written_and_what_it_leaves_out_stays() -> None:
    default_engine()
    begin(body({"clear": beats("1.1", "1.2")}))
    begin(body({"clear": beats("1.1", transition_type="C", script_phrase="")}))
    first, second = Project.objects.get().ordered_steps()
    assert (first.transition, first.script_phrase, first.version) == ("C", "Phrase 1.1", 2)
    assert second.version == 1


def test_the_same_once_more_changes_nothing_and_tells_of_no_change() -> None:
    default_engine()

    def stored() -> tuple[object, ...]:
        changes = Event.objects.filter(kind="steps.changed").count()
        return list(Step.objects.values()), list(StyleRun.objects.values_list("pk")), Take.objects.count(), changes

    begin(body(TWO_STYLES))
    before = stored()
    begin(body(TWO_STYLES))
    assert stored() == before
    assert before[-1] == 1


def test_many_beats_take_no_more_questions() -> None:
    default_engine()
    counts = []
    for many in (3, 20):
        begin(body({"clear": beats("1.1")}, f"board {many}"))
        sent = body({"clear": beats(*(f"1.{number}" for number in range(1, many)), prompt="a candle")}, f"board {many}")
        with CaptureQueriesContext(connection) as queries:
            begin(sent)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_changed_prompt_of_a_finished_beat_is_stored_though_nothing_is_to_be_made() -> None:
    default_engine()
    begin(body({"clear": beats("1.1")}))
    make_all()
    begin(body({"clear": beats("1.1", prompt="a candle")}))
    assert Step.objects.get().prompts.get().text == "a candle 1.1"
    assert Take.objects.count() == 1


def test_what_else_programs_keep_in_a_beat_is_theirs() -> None:
    default_engine()
    theirs = {"shot": "from above", "duration": "short", "text": {"de": "Lampe"}, "title": ["x"], "mood": None}
    begin(body({"clear": [theirs | beat for beat in beats("1.1")]}) | {"settings": {"speed": 2}})
    step = Project.objects.get().ordered_steps()[0]
    assert (step.shot, step.beat, step.title, step.text(), step.duration) == ("1", "1.1", "", "Phrase 1.1", None)


@pytest.mark.parametrize(
    "said",
    [
        {"shot_number": "1"},
        {"beat_number": 1.1},
        {"script_phrase": None},
        {"transition_type": "h"},
        {"transition_type": None},
    ],
)
def test_a_beat_may_be_written_in_several_ways(said: dict[str, Any]) -> None:
    default_engine()
    begin(body({"clear": [beats("1.1")[0] | said]}))
    step = Project.objects.get().ordered_steps()[0]
    assert (step.shot, step.beat) == ("1", "1.1")


# --- beats that are not in every style -------------------------------------------------------------------------------


def made_of(style: str) -> list[str]:
    """The beats that pictures of a style are wanted of."""
    places = Frame.objects.current().filter(run__style__slug=style, takes__isnull=False).order_by("position")
    return list(places.values_list("step__beat", flat=True))


@pytest.mark.parametrize("phrase", ["Phrase", None])
def test_a_beat_is_made_in_the_styles_that_it_was_sent_for(phrase: str | None) -> None:
    default_engine()
    sent: Any = {"clear": beats("1.1", "1.2"), "illustration": beats("1.1", "2.1"), "comic": []}
    for beat in sent["clear"] + sent["illustration"]:
        beat["script_phrase"] = phrase
    begin(body(sent))
    begin(body())
    assert (made_of("clear"), made_of("illustration"), made_of("comic")) == (["1.1", "1.2"], ["1.1", "2.1"], [])
    make_all()
    begin(body())
    assert Take.objects.count() == 4
    begin(body({"clear": beats("2.1")}))
    assert made_of("clear") == ["1.1", "1.2", "2.1"]


def test_a_beat_without_a_prompt_in_any_style_is_made_in_all() -> None:
    default_engine()
    project = a_project("a lamp", "a candle", external_id=NAME)
    for style in ("clear", "comic"):
        project.ordered_steps()[0].prompts.create(style=a_style(style), text=f"a {style} lamp")
    begin(body())
    assert set(Take.objects.values_list("run__style__slug", "position")) == {
        ("clear", 1), ("clear", 2), ("comic", 1), ("comic", 2),
    }  # fmt: skip


def test_what_people_have_made_of_a_beat_stays_in_its_run() -> None:
    default_engine()
    begin(body({"clear": beats("1.1", "1.2")}))
    make_all()
    first, second = Project.objects.get().ordered_steps()
    first.prompts.get().delete()
    second.prompts.create(style=a_style("comic"), text="an inked lamp")
    first.prompts.create(style=a_style("comic"), text="an inked lamp")
    begin(body())
    assert made_of("clear") == ["1.1", "1.2"]


def test_only_the_styles_that_are_named_are_made() -> None:
    default_engine()
    begin(body(TWO_STYLES))
    for run in StyleRun.objects.all():
        actions.cancel(run, None)
    begin(body({"clear": TWO_STYLES["clear"], "illustration": []}))
    assert [run.style.slug for run in StyleRun.objects.active()] == ["clear"]


def test_without_prompts_the_styles_that_have_some_are_made_else_those_that_were() -> None:
    default_engine()
    project = a_project("a lamp", external_id=NAME)
    a_run(project, style="comic")
    begin(body())
    assert {run.style.slug for run in StyleRun.objects.filter(strategy="shots")} == {"comic"}
    project.steps.get().prompts.create(style=a_style("clear"), text="a clear lamp")
    begin(body({}))
    assert {run.style.slug for run in StyleRun.objects.filter(strategy="shots")} == {"comic", "clear"}


def test_a_name_is_ones_own_and_what_is_in_the_trash_has_none() -> None:
    default_engine()
    a_project("theirs", owner=a_user("ben"), external_id=NAME)
    trash_project(a_project("old", external_id=NAME))
    begin(body(TWO_STYLES))
    assert Project.objects.filter(external_id=NAME).count() == 3
    assert Project.objects.owned_by(a_user()).get(external_id=NAME).steps.count() == 4


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (NAME, "Night train"),
        ("C:\\boards\\Rain\\", "Rain"),
        ("../../etc/passwd", "passwd"),
        ("///", "///"),
        ("終わり。🎬", "終わり。🎬"),
        ("films/夜\u3000汽車/👩\u200d🚀\u00a0\t1", "👩\u200d🚀 1"),
        ("50% of #1? a+b & c\\d;e", "d;e"),
    ],
)
def test_a_path_is_a_name_and_nothing_more(name: str, title: str) -> None:
    default_engine()
    begin(body({"clear": beats("1.1")}, name))
    assert Project.objects.get(external_id=name).title == title
    assert Program().get(f"/api/generation-status/{quote(name, safe='')}") == {"success": True, "isGenerating": True}


@pytest.mark.parametrize("slash", ["", "/"])
def test_addresses_may_end_in_a_slash(slash: str) -> None:
    default_engine()
    begin(body({"clear": beats("1.1")}))
    ada, status = Program(), f"/api/generation-status/{quote(NAME, safe='')}"
    assert ada.get(status + slash)["isGenerating"] is True
    assert list(ada.post("/api/get-generation-progress" + slash, body())["progress"]) == ["clear"]
    assert ada.post("/api/stop-generation" + slash, body())["message"].startswith("Stopped.")
    answer = ada.call("POST", "/api/generate-images" + slash, body())
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")


def test_of_two_names_the_one_with_the_slash_is_meant_by_it() -> None:
    default_engine()
    begin(body({"clear": beats("1.1")}, "boards/"))
    assert Program().get("/api/generation-status/boards")["isGenerating"] is False
    a_project("Saw", external_id="boards")
    assert Program().get("/api/generation-status/boards")["isGenerating"] is False
    assert Program().get("/api/generation-status/boards/")["isGenerating"] is True


def test_the_status_can_be_asked_for_its_head() -> None:
    assert Program().call("HEAD", "/api/generation-status/x").status_code == 200


# --- the other calls -------------------------------------------------------------------------------------------------


def test_progress_tells_the_beats_that_have_their_picture() -> None:
    default_engine(options={"refuse_words": ["drawn lamp 2.1"]}, max_attempts=1)
    begin(body(TWO_STYLES))
    make_all()
    told = Program().post("/api/get-generation-progress", body())
    assert told["success"]
    assert {style: done["completedBeats"] for style, done in told["progress"].items()} == {
        "clear": ["1.1", "1.2", "2.1", "2.2"],
        "illustration": ["1.1", "1.2", "2.2"],
    }
    last = Take.objects.filter(run__style__slug="clear").latest("finished_at").finished_at
    assert last is not None
    assert told["progress"]["clear"]["lastUpdated"] == last.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_looking_by_post_counts_as_reading(settings: Any) -> None:
    settings.API_WRITES_A_MINUTE = 0
    for _ in range(3):
        Program().post("/api/get-generation-progress", body())
    Program().post("/api/stop-generation", body(), expect=429)


def test_status_follows_the_runs() -> None:
    default_engine()
    caller, path = Program(), f"/api/generation-status/{NAME}"
    assert caller.get(path)["isGenerating"] is False
    begin(body(TWO_STYLES))
    assert caller.get(path)["isGenerating"] is True
    make_all()
    assert caller.get(path) == {"success": True, "isGenerating": False}
    assert caller.post("/api/stop-generation", body()) == {"success": True, "message": "Nothing was being made."}


def test_other_peoples_projects_are_unknown() -> None:
    default_engine()
    begin(body(TWO_STYLES))
    ben = Program(a_user("ben"))
    assert ben.get(f"/api/generation-status/{NAME}") == {"success": True, "isGenerating": False}
    assert ben.post("/api/get-generation-progress", body()) == {"success": True, "progress": {}}
    assert ben.post("/api/stop-generation", body(), expect=404)["success"] is False
    assert StyleRun.objects.active().count() == 2


# --- bad input -------------------------------------------------------------------------------------------------------

ONE = beats("1.1")
REFUSED: list[tuple[object, int, str]] = [
    (b"{", 400, "not JSON"),
    (b"", 422, "body"),
    (b"\xff\xfe", 400, "not JSON"),
    ([], 422, "projectPath"),
    ({}, 422, "projectPath"),
    ({"projectPath": 7}, 422, "projectPath"),
    ({"projectPath": None}, 422, "projectPath"),
    ({"projectPath": "  "}, 422, "a name"),
    ({"projectPath": "a\0b"}, 422, "a name"),
    ({"projectPath": "x" * 201}, 422, "200 characters"),
    (body(), 404, "send promptsByStyle"),
    (body({}), 404, "send promptsByStyle"),
    (body([ONE]), 422, "Each style must hold a list of beats"),
    (body("clear"), 422, "Each style must hold a list of beats"),
    (body({"clear": {}}), 422, "Each style must hold a list of beats"),
    (body({"clear": []}), 422, "promptsByStyle holds no beats"),
    (body({"clear": [], "comic": []}), 422, "promptsByStyle holds no beats"),
    (body({"clear": None}), 422, "Each style must hold a list of beats"),
    (body({"clear": [7]}), 422, "clear, entry 1 must be an object"),
    (body({"cleer": ONE}), 422, "There is no style “cleer”"),
    (body({"clear": [{}]}), 422, "shot_number and beat_number and ai_prompt are missing"),
    (body({"clear": [*ONE, *ONE]}), 422, "there twice"),
    (body({"clear": beats("1.1", transition_type="X")}), 422, "is no transition"),
    (body({"clear": beats("1.1", ai_prompt="x" * 20_001)}), 422, "20,000 are the most"),
    (body({"clear": beats("1.1", ai_prompt="\ud800")}), 422, "signs that are no text"),
]


@pytest.mark.parametrize(("sent", "status", "words"), REFUSED)
def test_what_cannot_be_used_is_said_before_the_stream_begins(sent: object, status: int, words: str) -> None:
    default_engine()
    answer = Program().call("POST", "/api/generate-images", sent)
    told = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"], told["success"]) == (status, "application/json", False)
    assert words in told["error"]
    assert not Project.objects.exists()


def test_a_project_of_which_no_style_is_known_is_refused_before_the_stream() -> None:
    a_project("a lamp", external_id=NAME)
    assert "no prompts" in Program().post("/api/generate-images", body(), expect=422)["error"]


def test_too_many_beats_are_refused_and_nothing_is_stored(settings: Any) -> None:
    settings.MAX_STEPS = 3
    default_engine()
    begin(body({"clear": beats("1.1", "1.2")}))
    assert "3" in Program().post("/api/generate-images", body({"clear": beats("2.1", "2.2")}), expect=422)["error"]
    assert Step.objects.count() == 2


def test_what_is_refused_is_told_in_the_stream_and_nothing_is_stored(server: str) -> None:
    Engine.objects.update(enabled=False)
    told = whole(server, body(TWO_STYLES), a_token())
    assert [message["type"] for message in told] == ["start", "error"]
    assert "No engine is switched on" in told[1]["error"]
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/api/generate-images", b"", 405),
        ("DELETE", "/api/stop-generation", b"", 405),
        ("POST", "/api/generation-status/x", b"{}", 405),
        ("GET", "/api/nothing", b"", 404),
        ("GET", "/api/generation-status/", b"", 404),
        ("POST", "/api/get-generation-progress", b"[", 400),
        ("POST", "/api/stop-generation", b"null", 422),
    ],
)
def test_errors_have_their_shape(method: str, path: str, sent: bytes, status: int) -> None:
    answer = Program().call(method, path, sent)
    told = json.loads(answer.content)
    assert (answer.status_code, sorted(told), told["success"]) == (status, ["error", "success"], False)


def test_a_form_is_not_json() -> None:
    program = Program()
    answer = program.client.post("/api/stop-generation", {"projectPath": NAME}, headers=program.headers)
    assert (answer.status_code, json.loads(answer.content)) == (
        400,
        {"success": False, "error": "The body is not JSON."},
    )


@pytest.mark.parametrize(
    ("scopes", "path", "sent", "status"),
    [
        (None, "generate-images", body(TWO_STYLES), 401),
        (None, "stop-generation", body(), 401),
        (["read", "write"], "generate-images", body(TWO_STYLES), 403),
        (["run"], "generate-images", body(TWO_STYLES), 403),
        (["read", "write"], "stop-generation", body(), 403),
        (["run"], "get-generation-progress", body(), 403),
    ],
)
def test_a_token_must_be_for_it(scopes: list[str] | None, path: str, sent: object, status: int) -> None:
    told = Program(scopes=scopes).post(f"/api/{path}", sent, expect=status)
    assert told["success"] is False
    assert not Project.objects.exists()
