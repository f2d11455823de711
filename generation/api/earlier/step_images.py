"""Step images of a chain, for programs that ask every two seconds until it has ended.

The newest run of a project counts, but for what is made finally: that may be some of its steps alone. What is unknown,
somebody else's or not started yet all look alike.
"""

from collections import Counter
from datetime import datetime

from django.db.models import QuerySet
from ninja import NinjaAPI, Schema

from generation.api.auth import ApiRequest, Caller, LocalOrBearer
from generation.api.earlier.names import found_at, own_named
from generation.api.links import picture_url
from generation.api.problems import Problem, speak
from generation.models import Frame, RunStatus, Status, StyleRun

api = NinjaAPI(urls_namespace="step_images", auth=LocalOrBearer(), docs_url=None, openapi_url=None)
speak(api)

LOOKS = ["GET", "HEAD"]
RUNS = {RunStatus.PAUSED.value: "generating"}
FRAMES = {Status.CANCELLED.value: "failed"}
"""What they know no word for; the other statuses are called as ours."""


class StepImage(Schema):
    """One step's picture. `generated_at` in Unix seconds; without a picture there is neither id nor address."""

    step_number: int
    image_id: str | None = None
    image_url: str | None = None
    status: str
    generated_at: int | None = None


class StepImages(Schema):
    """`progress` from 0.0 to 1.0, times in Unix seconds."""

    status: str = "not_started"
    total_steps: int = 0
    completed_steps: int = 0
    failed_steps: int = 0
    progress: float = 0.0
    step_images: list[StepImage] = []
    started_at: int | None = None
    completed_at: int | None = None
    error: str | None = None


@api.api_operation(LOOKS, "/step-images/health", auth=None, response=dict[str, str])
def health(request: ApiRequest) -> dict[str, str]:
    """Whether somebody answers."""
    return {"status": "healthy"}


@api.api_operation(LOOKS, "/step-images/{path:project}/step/{int:number}", response=StepImage | StepImages)
def step(request: ApiRequest, project: str, number: int) -> StepImage | StepImages:
    """One step's picture, 404 where there is none of this number. A project's own name may end like this, too."""
    run = _newest_run(request.auth, project)
    frame = _frames(run).filter(position=number).first() if run is not None else None
    if frame is not None:
        return _step_image(frame, request.auth)
    name = f"{project}/step/{number}"
    if own_named(request.auth.user, name) is None:
        raise Problem(404, f"There is no step {number} that pictures are made of.")
    return status(request, name)


@api.api_operation(LOOKS, "/step-images/{path:project}", response=StepImages)
def status(request: ApiRequest, project: str) -> StepImages:
    """All pictures of a project, and how far they are."""
    run = _newest_run(request.auth, project)
    return StepImages() if run is None else _step_images(run, request.auth)


def _newest_run(caller: Caller, name: str) -> StyleRun | None:
    project = found_at(caller.user, name)
    if project is None:
        return None
    return project.runs.filter(draft=None).exclude(status=RunStatus.NOT_STARTED).order_by("-pk").first()


def _frames(run: StyleRun) -> QuerySet[Frame]:
    return run.frames.current().select_related("chosen")


def _step_images(run: StyleRun, caller: Caller) -> StepImages:
    pictures = [_step_image(frame, caller) for frame in _frames(run)]
    count = Counter(picture.status for picture in pictures)
    total, completed, failed = len(pictures), count["completed"], count["failed"]
    return StepImages(
        status=_run_status(run, completed),
        total_steps=total,
        completed_steps=completed,
        failed_steps=failed,
        progress=completed / total if total else 0.0,
        step_images=pictures,
        started_at=_seconds(run.started_at),
        completed_at=_seconds(run.completed_at),
        error=_error(run, failed, total),
    )


def _step_image(frame: Frame, caller: Caller) -> StepImage:
    found = StepImage(step_number=frame.position, status=FRAMES.get(frame.status, frame.status))
    if frame.chosen is not None:
        found.image_id = str(frame.chosen.pk)
        found.image_url = picture_url(frame.chosen, caller)
        found.generated_at = _seconds(frame.chosen.finished_at)
    return found


def _run_status(run: StyleRun, completed: int) -> str:
    if run.status == RunStatus.CANCELLED:
        return "completed_with_errors" if completed else "failed"
    return RUNS.get(run.status, run.status)


def _error(run: StyleRun, failed: int, total: int) -> str | None:
    """Why an ended run lacks pictures: how many, and what the last of them failed of."""
    if run.is_active or not failed:
        return None
    takes = run.takes.filter(frame__chosen=None, frame__removed=False).exclude(error_message="")
    why = takes.order_by("-pk").values_list("error_message", flat=True).first() or ""
    why = "The run was cancelled." if run.status == RunStatus.CANCELLED else why
    return f"{failed} of {total} pictures could not be made. {why}".strip()


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
