"""Rows of every kind that the admin shows, made directly: as many as a test asks for."""

import io
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from PIL import Image

from generation import keys
from generation.models import (
    Account,
    ApiKey,
    ApiToken,
    Budget,
    Call,
    Cap,
    Engine,
    EngineLora,
    Event,
    EventStream,
    Export,
    Frame,
    KeyPool,
    Limit,
    Lora,
    Outcome,
    Price,
    RunStatus,
    SequenceSession,
    Status,
    Strategy,
    StyleEngine,
    StyleRun,
    Switch,
    Take,
    TakeKind,
    Worker,
    Workflow,
)
from storyboards.models import Picture, Project, ShareLink, Step, StepPrompt, Style
from storyboards.pictures import check, store


def picture_bytes(number: int = 0, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (number % 256, 120, 200)).save(buffer, kind)
    return buffer.getvalue()


def a_picture(number: int = 0) -> Picture:
    return store(check(picture_bytes(number)))


def a_superuser() -> User:
    return User.objects.filter(username="root").first() or User.objects.create_superuser("root", password="pass")


def an_engine(number: int = 0) -> Engine:
    return Engine.objects.create(slug=f"engine-{number}", title=f"Engine {number}", provider="sketch")


def a_workflow(number: int = 0) -> Workflow:
    graph = {
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["11", 0]}},
        "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": number}, "_meta": {"title": "the seed"}},
    }
    places = {"prompt": ["6", "text"], "seed": ["25", "noise_seed"]}
    return Workflow.objects.create(title=f"Workflow {number}", graph=graph, places=places)


def a_stack(engine: Engine, number: int = 0) -> EngineLora:
    lora = Lora.objects.create(title=f"LoRA {number}", file=f"lora-{number}.safetensors")
    return EngineLora.objects.create(engine=engine, lora=lora, weight=0.5)


def a_style(number: int = 0, picture: Picture | None = None) -> Style:
    return Style.objects.create(slug=f"style-{number}", title=f"Style {number}", reference_picture=picture)


def a_project(number: int = 0, steps: int = 3, owner: User | None = None) -> Project:
    owner = owner or User.objects.create_user(f"person-{number}")
    project = Project.objects.create(owner=owner, title=f"Bird house {number}", description="of spruce")
    for position in range(1, steps + 1):
        Step.objects.create(project=project, position=position, title=f"Board {position}", description="saw it")
    return project


def a_run(project: Project, style: Style, engine: Engine, status: str = RunStatus.COMPLETED) -> StyleRun:
    """With a frame for each step: the first has a picture, the second failed, the others wait."""
    run = StyleRun.objects.create(
        project=project, style=style, engine=engine, strategy=Strategy.CHAINED, status=status, seed=7
    )
    before = None
    for step in project.ordered_steps():
        before = Frame.objects.create(run=run, step=step, position=step.position, source=before)
        if step.position == 1:
            complete(before, a_picture(project.pk))
        elif step.position == 2:
            fail(before)
    return run


def complete(frame: Frame, picture: Picture, source: Take | None = None) -> Take:
    take = a_take(frame, Status.COMPLETED, original=picture, thumbnail=picture, source_take=source, prompt="a board")
    Frame.objects.filter(pk=frame.pk).update(chosen=take, status=Status.COMPLETED)
    a_call(take, Outcome.SUCCEEDED)
    return take


def fail(frame: Frame) -> Take:
    take = a_take(frame, Status.FAILED, error_code="refused", error_message="the policy forbids it")
    Frame.objects.filter(pk=frame.pk).update(status=Status.FAILED)
    a_call(take, Outcome.REFUSED, error_code="refused", error_message="the policy forbids it")
    return take


def a_take(frame: Frame, status: str, **fields: object) -> Take:
    return Take.objects.create(
        frame=frame,
        run=frame.run,
        position=frame.position,
        status=status,
        seed=1,
        requested_by=frame.run.project.owner,
        **fields,
    )


def a_call(take: Take, outcome: str, **fields: object) -> Call:
    project = take.run.project
    return Call.objects.create(
        take=take,
        project=project,
        user=project.owner,
        engine=take.run.engine,
        project_title=project.title,
        step_number=take.position,
        provider="sketch",
        attempt=1,
        fence=1,
        outcome=outcome,
        sent_at=timezone.now(),
        **fields,
    )


def fill(count: int, start: int = 0) -> None:
    """At least `count` rows of every kind, all belonging together."""
    root = a_superuser()
    for number in range(start, start + count):
        style, engine = a_style(number, a_picture(100 + number)), an_engine(number)
        project = a_project(number)
        project.concept_picture = style.reference_picture
        project.save()
        StyleEngine.objects.create(style=style, engine=engine)
        Engine.objects.filter(pk=engine.pk).update(workflow=a_workflow(number))
        a_stack(engine, number)
        StepPrompt.objects.create(step=project.ordered_steps()[0], style=style, text="a board, sawn")
        ShareLink.objects.create(project=project)
        run = a_run(project, style, engine)
        worker = Worker.objects.create(name=f"worker-{number}", threads=4, heartbeat_at=timezone.now())
        _running(run, worker)
        SequenceSession.objects.begin(run)
        EventStream.objects.create(project=project, last_number=1)
        Event.objects.create(project=project, number=1, kind="run.started", payload={"frames": [1]})
        _finance(number, style, project, run)
        ApiToken.objects.issue(project.owner, f"program {number}", ["read"])
        Export.objects.create(project=project, requested_by=project.owner, done=number, total=number)
        Group.objects.create(name=f"group {number}")
        LogEntry.objects.create(
            user=root, content_type=ContentType.objects.get_for_model(Project), object_id=str(project.pk),
            object_repr=str(project), action_flag=CHANGE, change_message="Changed.",
        )  # fmt: skip
        _access(number)


def a_key(number: int = 0, **fields: Any) -> ApiKey:
    """In an account of its own."""
    return keys.add("gemini", f"AIzaSyBirdHouse-{number:026d}", alias=f"key {number}", **fields)


def _finance(number: int, style: Style, project: Project, run: StyleRun) -> None:
    """Two keys of an account with three limits, one key with calls; the newest is alone and unused."""
    pool = KeyPool.objects.create(provider="gemini", title=f"pool {number}")
    pool.styles.add(style)
    key = a_key(2 * number, pools=[pool])
    a_key(2 * number + 1, account=key.account, pools=[pool])
    until = timezone.now() + timedelta(minutes=5)
    Limit.objects.create(account=key.account, model="m", cooling_until=until, cooling_reason="429")
    Limit.objects.create(account=key.account, unit="input_images", amount=5)
    run.takes.get(position=2).calls.update(account=key.account, key=key, model="m", input_images=1)
    Account.objects.create(provider="openai", name=f"account {number}")
    Price.objects.create(provider="sketch", model=f"model {number}", per_picture="0.04")
    for scope in ({"run": run}, {"project": project}, {"user": project.owner}):
        Budget.objects.create(amount=number, **scope)
    Cap.objects.create(user=project.owner, max_parallel=2)
    Switch.objects.create(provider=f"provider-{number}", reason="too dear")


def _running(run: StyleRun, worker: Worker) -> None:
    frame = run.frames.get(position=3)
    now = timezone.now()
    leased = {"ready_at": now, "lease_until": now + timedelta(seconds=20), "worker": worker}
    a_call(a_take(frame, Status.GENERATING, kind=TakeKind.REGENERATE, **leased), Outcome.SENT)


def _access(number: int) -> None:
    seen = {
        "username": f"person-{number}",
        "ip_address": "127.0.0.1",
        "path_info": "/login/",
        "user_agent": f"b{number}",
    }
    AccessAttempt.objects.create(**seen, get_data="", post_data="", failures_since_start=1)
    AccessLog.objects.create(**seen)
    AccessFailureLog.objects.create(**seen)
