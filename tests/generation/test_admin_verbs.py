"""Verbs in the admin: all of them, asked before they are done, told afterwards, for those who may."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from generation import actions
from generation.models import Engine, Event, Frame, Price, RunStatus, Status, StyleRun, Take, TakeKind
from generation.providers import get_provider
from generation.verbs import MAY_BE_CHARGED, RUN_VERBS, VERBS
from storyboards.models import Picture, Project, Style
from tests.admin_rows import a_picture, a_superuser, picture_bytes
from tests.making import a_project, a_run, an_engine, frame, newest_take

pytestmark = pytest.mark.django_db
KINDS: dict[str, Any] = {"run": StyleRun, "frame": Frame, "take": Take}


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_superuser())
    return client


def staff(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, name: str, *rows: Any, confirmed: bool = True, **fields: Any) -> Any:
    opts = rows[0]._meta
    chosen = {"action": name, "_selected_action": [row.pk for row in rows], **fields}
    if confirmed:
        chosen["confirmed"] = "yes"
    return client.post(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"), chosen)


def finish(run: StyleRun) -> None:
    """As if a worker had made every picture that is wanted."""
    picture = a_picture()
    for take in run.takes.filter(status=Status.PENDING):
        Take.objects.filter(pk=take.pk).update(status=Status.COMPLETED, original=picture, thumbnail=picture)
        Frame.objects.filter(pk=take.frame_id).update(status=Status.COMPLETED, chosen=take)
    StyleRun.objects.filter(pk=run.pk).update(status=RunStatus.COMPLETED)


def told(response: HttpResponse) -> list[str]:
    return [f"{message.level_tag}: {message}" for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


@pytest.fixture
def run() -> StyleRun:
    return a_run(a_project("cut the boards", "nail them", "paint it"))


def test_every_verb_is_an_action() -> None:
    request = RequestFactory().get("/")
    request.user = a_superuser()
    for kind, verbs in VERBS.items():
        offered = admin.site._registry[KINDS[kind]].get_actions(request)
        assert list(offered) == list(verbs)
        described = {name: action[2] for name, action in offered.items() if action}
        assert described == {name: verb.label for name, verb in verbs.items()}
    assert "start" in admin.site._registry[Project].get_actions(request)


def test_a_verb_is_asked_for_before_it_is_done(root: Client, run: StyleRun) -> None:
    events = Event.objects.count()
    page = act(root, "cancel", run, confirmed=False)
    assert page.status_code == 200
    assert MAY_BE_CHARGED in page.content.decode()
    assert page.context["count"] == "1 style run"
    run.refresh_from_db()
    assert run.status == RunStatus.GENERATING
    assert Event.objects.count() == events
    assert not LogEntry.objects.exists()


def test_a_confirmed_verb_is_done_told_and_written_down(root: Client, run: StyleRun) -> None:
    answer = act(root, "pause", run)
    run.refresh_from_db()
    assert run.status == RunStatus.PAUSED
    assert told(answer) == ["success: Pause: done for 1 style run."]
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.get_change_message(), entry.user.username) == (str(run.pk), "Pause.", "root")
    assert Event.objects.latest("pk").actor == "root"


# --- with options ----------------------------------------------------------------------------------------------------


def test_a_verb_asks_how_then_tells_what_it_would_make_and_does_it(root: Client, run: StyleRun) -> None:
    finish(run)
    second = frame(run, 2)
    page = act(root, "candidates", second, confirmed=False)
    assert 'name="count" value="3"' in page.content.decode()
    assert "How many" in page.content.decode()
    assert "Each is paid for." in page.content.decode()

    chosen: dict[str, Any] = {"chosen": "1", "count": "4"}
    page = act(root, "candidates", second, confirmed=False, **chosen)
    assert (page.context["pictures"], page.context["asked"].options) == (4, [("How many", "4")])
    assert ("count", "4") in page.context["asked"].hidden
    assert Take.objects.count() == 3

    answer = act(root, "candidates", second, **chosen)
    assert Take.objects.filter(frame=second, status=Status.PENDING).count() == 4
    assert told(answer) == ["success: Several to choose from: done for 1 frame."]
    assert LogEntry.objects.get().get_change_message() == "Several to choose from (How many: 4)."


@pytest.mark.parametrize("fields", [{"count": "0"}, {"count": "9"}, {"count": ""}, {"count": "many"}])
def test_what_cannot_be_chosen_is_an_error_at_its_field(root: Client, run: StyleRun, fields: dict[str, Any]) -> None:
    finish(run)
    page = act(root, "candidates", frame(run, 2), chosen="1", **fields)
    assert list(page.context["form"].errors) == ["count"]
    assert f'value="{fields["count"]}"' in page.content.decode() or not fields["count"]
    assert Take.objects.count() == 3


def test_what_is_made_finally_is_told_with_all_that_was_chosen(root: Client, run: StyleRun) -> None:
    finish(run)
    engine = an_engine("fine")
    actions.approve_frame(frame(run, 1), None)
    chosen: dict[str, Any] = {"chosen": "1", "engine": engine.slug, "longest_side": "128", "keep_composition": "on"}
    page = act(root, "finalize", run, confirmed=False, **chosen)
    assert (page.context["refused"], page.context["pictures"]) == ([], 1)
    act(root, "finalize", run, **chosen)
    final = StyleRun.objects.get(draft=run)
    assert (final.engine, final.snapshot["width"], final.takes.count()) == (engine, 128, 1)
    words = LogEntry.objects.get().get_change_message()
    assert words == "Make the approved ones finally (Made by: fine, Longest side: 128, Keep the composition: yes)."


def test_a_verb_with_a_right_of_its_own_is_for_those_who_have_it(
    root: Client, run: StyleRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RUN_VERBS, "pause", replace(RUN_VERBS["pause"], right="generation.delete_switch"))
    operator = staff("operator", "view_stylerun", "change_stylerun")
    address = reverse("admin:generation_stylerun_change", args=[run.pk])
    assert 'value="pause"' not in operator.get(address).content.decode()
    assert 'value="pause"' in root.get(address).content.decode()
    act(operator, "pause", run)
    run.refresh_from_db()
    assert run.status == RunStatus.GENERATING


def test_lists_are_narrowed_to_what_was_judged_and_what_waits(root: Client, run: StyleRun) -> None:
    finish(run)
    actions.approve_frame(frame(run, 1), None)
    actions.lock(frame(run, 2), None)
    first = frame(run, 3).chosen
    assert first is not None
    actions.regenerate(frame(run, 3), None)
    finish(run)
    actions.put_away(first, None)
    StyleRun.objects.update(hold="approval", gate="frame", gate_after=7)

    def found(model: str, query: str) -> list[Any]:
        page = root.get(reverse(f"admin:generation_{model}_changelist") + f"?{query}")
        return [row.pk for row in page.context["cl"].queryset]

    assert found("frame", "approved__exact=1") == [frame(run, 1).pk]
    assert found("frame", "locked__exact=1") == [frame(run, 2).pk]
    assert found("take", "put_away_at__isempty=0") == [first.pk]
    assert found("take", "kind__exact=regenerate") == [newest_take(run, 3).pk]
    assert found("stylerun", "hold__exact=approval") == [run.pk]
    page = root.get(reverse("admin:generation_stylerun_change", args=[run.pk])).content.decode()
    for shown in ("After every picture", "Gate after", "Candidates", "Branch of", "Draft", "Turn", "Reuse"):
        assert shown in page, shown


# --- somebody's own picture ------------------------------------------------------------------------------------------


def send(client: Client, shown: Frame, data: bytes) -> Any:
    file = SimpleUploadedFile("mine.png", data, "image/png")
    return client.post(reverse("admin:generation_frame_upload", args=[shown.pk]), {"picture": file})


def test_a_picture_of_one_s_own_is_put_in_from_the_frame_s_page(root: Client, run: StyleRun) -> None:
    finish(run)
    shown = frame(run, 2)
    address = reverse("admin:generation_frame_upload", args=[shown.pk])
    assert address in root.get(reverse("admin:generation_frame_change", args=[shown.pk])).content.decode()
    assert 'enctype="multipart/form-data"' in root.get(address).content.decode()
    answer = send(root, shown, picture_bytes(7))
    assert answer["Location"] == reverse("admin:generation_frame_change", args=[shown.pk])
    take = frame(run, 2).chosen
    assert take is not None
    assert (take.kind, take.requested_by) == (TakeKind.UPLOAD, User.objects.get(username="root"))
    assert LogEntry.objects.get().get_change_message() == f"Picture uploaded as {take}."


def test_what_is_no_picture_or_may_not_be_shown_is_told_and_not_stored(root: Client, run: StyleRun) -> None:
    finish(run)
    actions.lock(frame(run, 2), None)
    there = (Take.objects.count(), Picture.objects.count())
    page = send(root, frame(run, 1), b"no picture")
    assert page.context["form"].errors["picture"] == ["This is not a PNG, JPEG or WebP picture."]
    page = send(root, frame(run, 2), picture_bytes(7))
    assert page.context["form"].non_field_errors() == ["This picture is locked: unlock it first."]
    assert "upload" not in root.get(reverse("admin:generation_frame_change", args=[frame(run, 2).pk])).context
    assert (Take.objects.count(), Picture.objects.count()) == there
    looker = staff("looker", "view_frame")
    assert send(looker, frame(run, 1), picture_bytes(7)).status_code == 403


# --- several rows ----------------------------------------------------------------------------------------------------


def test_rows_that_refuse_are_named_and_the_others_done(root: Client, run: StyleRun) -> None:
    ended = a_run(a_project("one", title="Ended"))
    actions.cancel(ended, None)
    page = act(root, "pause", run, ended, confirmed=False)
    assert [str(each.row) for each in page.context["refused"]] == [str(ended)]
    assert page.context["count"] == "1 style run"
    answer = act(root, "pause", run, ended)
    assert told(answer) == [
        "success: Pause: done for 1 style run.",
        f"warning: {ended}: Only a run that is being made can be paused.",
    ]
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "pictures"), [("pause", 0), ("cancel", 0), ("resume", 3), ("retry_failed", 2)], ids=str
)
def test_the_page_tells_how_many_pictures_a_run_would_make(
    name: str, pictures: int, root: Client, run: StyleRun
) -> None:
    if name == "resume":
        actions.pause(run, None)
    if name == "retry_failed":
        for position in (1, 2):
            actions.cancel_frame(frame(run, position), None)
    page = act(root, name, run, confirmed=False)
    assert page.context["refused"] == []
    assert page.context["pictures"] == pictures
    assert page.context["money"] == ("free" if pictures else "nothing")
    assert (f": {pictures} pictures</li>" in page.content.decode()) == bool(pictures)


@pytest.mark.parametrize(("name", "pictures"), [("regenerate", 1), ("regenerate_following", 2)])
def test_the_page_tells_how_many_pictures_a_frame_would_make(
    name: str, pictures: int, root: Client, run: StyleRun
) -> None:
    finish(run)
    second = frame(run, 2)
    page = act(root, name, second, confirmed=False)
    assert page.context["pictures"] == pictures
    assert Take.objects.count() == 3
    act(root, name, second)
    assert Take.objects.filter(status=Status.PENDING).count() == pictures


def test_an_earlier_take_can_be_shown_again(root: Client, run: StyleRun) -> None:
    finish(run)
    first = frame(run, 1).chosen
    actions.regenerate(frame(run, 1), None)
    finish(run)
    assert frame(run, 1).chosen != first
    assert first is not None
    act(root, "choose", first)
    assert frame(run, 1).chosen == first


def test_the_page_tells_the_price_of_the_list(monkeypatch: pytest.MonkeyPatch, root: Client, run: StyleRun) -> None:
    monkeypatch.setattr(type(get_provider("sketch")), "needs_key", True)
    actions.cancel_frame(frame(run, 1), None)
    actions.cancel_frame(frame(run, 2), None)
    assert act(root, "retry_failed", run, confirmed=False).context["money"] == "price unknown"
    Price.objects.create(provider="sketch", model=run.engine.model, per_picture=Decimal("0.03"))
    assert act(root, "retry_failed", run, confirmed=False).context["money"] == "about $0.06"


def test_only_those_who_may_change_runs_have_verbs(run: StyleRun) -> None:
    looker = staff("looker", "view_stylerun", "view_frame", "view_take")
    for row in (run, frame(run, 1), run.takes.all()[0]):
        opts = row._meta
        page = looker.get(reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"))
        assert page.status_code == 200
        assert 'name="action"' not in page.content.decode()
    act(looker, "cancel", run)
    run.refresh_from_db()
    assert run.status == RunStatus.GENERATING
    operator = staff("operator", "view_stylerun", "change_stylerun", "view_frame")
    act(operator, "cancel", run)
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_a_rows_own_page_has_buttons_for_what_makes_sense_now(root: Client, run: StyleRun) -> None:
    address = reverse("admin:generation_stylerun_change", args=[run.pk])
    page = root.get(address).content.decode()
    assert 'value="pause"' in page
    assert 'value="resume"' not in page
    answer = act(root, "pause", run, from_page="1")
    assert answer["Location"] == address
    assert 'value="resume"' in root.get(address).content.decode()


def test_too_many_rows_at_once_are_refused(root: Client, run: StyleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.admin.verbs.MOST_AT_ONCE", 2)
    answer = act(root, "cancel", *run.frames.all())
    assert told(answer) == ["error: That is too much at once: choose at most 2."]
    assert set(run.frames.values_list("status", flat=True)) == {Status.PENDING}


# --- starting --------------------------------------------------------------------------------------------------------


def test_starting_asks_how_then_tells_what_and_then_starts(root: Client) -> None:
    project, empty = a_project("cut", "nail"), a_project(title="Empty")
    engine = an_engine()
    page = act(root, "start", project, empty, confirmed=False)
    assert page.status_code == 200
    assert page.context["form"].initial["strategy"] == "chained"

    style = Style.objects.get(slug="clear")
    chosen: dict[str, Any] = {"chosen": "1", "styles": [style.pk], "strategy": "independent", "engine": engine.pk}
    page = act(root, "start", project, empty, confirmed=False, **chosen)
    assert page.context["pictures"] == 2
    assert [str(each.row) for each in page.context["refused"]] == ["Empty"]
    assert not StyleRun.objects.exists()
    hidden = page.context["asked"].hidden
    assert ("strategy", "independent") in hidden

    answer = act(root, "start", project, empty, **chosen)
    made = StyleRun.objects.get()
    assert (made.project, made.strategy, made.engine) == (project, "independent", engine)
    assert made.created_by == User.objects.get(username="root")
    assert told(answer)[0] == "success: Make pictures: done for 1 project."
    assert told(answer)[1].startswith("warning: Empty: There are no steps yet")


def test_starting_without_a_style_shows_the_form_again(root: Client) -> None:
    page = act(root, "start", a_project("cut"), chosen="1", strategy="chained")
    assert page.context["form"].errors["styles"] == ["Choose at least one style."]
    assert not StyleRun.objects.exists()


def test_what_is_in_the_trash_is_not_started(root: Client) -> None:
    project = a_project("cut")
    project.deleted_at = timezone.now()
    project.save()
    answer = root.post(
        reverse("admin:storyboards_project_changelist") + "?trash=only",
        {"action": "start", "_selected_action": [project.pk]},
    )
    assert answer.status_code == 302
    assert not StyleRun.objects.exists()


# --- engines ---------------------------------------------------------------------------------------------------------


def test_engines_are_switched_off_and_on(root: Client) -> None:
    engine = an_engine()
    act(root, "disable", engine)
    assert not Engine.objects.get(pk=engine.pk).enabled
    act(root, "enable", engine)
    assert Engine.objects.get(pk=engine.pk).enabled
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Switched off.",
        "Switched on.",
    ]


def test_a_rate_limit_is_shown_and_can_be_set_aside(root: Client) -> None:
    engine = an_engine(cooling_until=timezone.now() + timedelta(hours=1), cooling_reason="429")
    page = root.get(reverse("admin:generation_engine_changelist")).content.decode()
    assert "rate limit until" in page
    act(root, "end_cooling", engine)
    assert Engine.objects.get(pk=engine.pk).cooling_until is None


def test_options_that_make_no_sense_are_an_error_at_their_field(root: Client) -> None:
    engine = an_engine()
    fields = {
        "title": "Quick", "slug": "quick", "enabled": "on", "position": 1, "provider": "sketch", "longest_side": 96,
        "timeout": 10, "max_parallel": 2, "max_attempts": 1, "styles-TOTAL_FORMS": 0, "styles-INITIAL_FORMS": 0,
        "stack-TOTAL_FORMS": 0, "stack-INITIAL_FORMS": 0,
    }  # fmt: skip
    address = reverse("admin:generation_engine_change", args=[engine.pk])
    for options in ('{"no_such_option": 1}', "[1]", "{"):
        page = root.post(address, {**fields, "options": options})
        assert page.status_code == 200
        assert "options" in page.context["adminform"].form.errors
    Engine.objects.filter(pk=engine.pk).update(cooling_reason="written by a worker meanwhile")
    assert root.post(address, {**fields, "options": '{"seconds": 2}'}).status_code == 302
    engine.refresh_from_db()
    assert (engine.options, engine.max_parallel) == ({"seconds": 2}, 2)
    assert engine.cooling_reason == "written by a worker meanwhile"
