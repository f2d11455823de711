"""Everybody at once: people press buttons while workers claim and settle, and no two wait for each other.

SQLite lets one write at a time; it is PostgreSQL (`DATABASE_URL`) that shows in which order rows are locked.
"""

import random

import pytest

from generation import actions, dispatch, jobs, settle
from generation.errors import Unavailable
from generation.models import Frame, Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.providers.base import ImageResult
from storyboards import editing
from storyboards.models import Picture, Project, Step
from tests.crowd import Crowd
from tests.making import a_project, a_run, a_style, a_user, an_engine

pytestmark = pytest.mark.django_db(transaction=True)

STYLES = ("clear", "comic", "illustration")


def a_picture() -> Picture:
    a_run(a_project("a table"))
    jobs.make_next()
    return Picture.objects.latest("pk")


def answer(claim: dispatch.Claim, picture: Picture) -> None:
    """What a worker does, without drawing: it settles in no time."""
    if random.random() < 0.2:
        settle.failed(claim, Unavailable())
    else:
        result = ImageResult(b"", picture.content_type)
        settle.completed(claim, settle.Made(result, picture, "", "", None, 0.1))


def test_people_and_workers_never_wait_in_a_circle() -> None:
    project = a_project(*[f"bird {number}" for number in range(6)])
    engine = an_engine(max_parallel=100)
    styles = [a_style(slug) for slug in STYLES]
    worker = Worker.objects.create(name="w", threads=4, heartbeat_at=database_now())
    picture = a_picture()

    def make() -> None:
        claim = dispatch.claim(worker)
        if claim is not None:
            answer(claim, picture)

    def generate() -> None:
        some = random.sample(styles, 2)
        actions.start(project, user=None, styles=some, strategy="chained", engine=engine, fresh=random.random() < 0.3)

    def press() -> None:
        run = StyleRun.objects.order_by("?").first()
        frame = Frame.objects.order_by("?").first()
        if run is not None and frame is not None:
            random.choice([actions.pause, actions.resume, actions.cancel, actions.retry_failed])(run, None)
            random.choice([actions.regenerate, actions.regenerate_following, actions.cancel_frame])(frame, None)

    def regenerate() -> None:
        frame = Frame.objects.filter(chosen__isnull=False).order_by("?").first()
        if frame is not None:
            actions.regenerate_following(frame, None)

    def write() -> None:
        editing.add_step(Step(project=project, title="one more"), {})
        editing.delete_step(project.ordered_steps()[0])

    crowd = Crowd()
    crowd.add(make, times=4)
    for part in (generate, generate, press, regenerate, write, lambda: dispatch.renew_leases(worker)):
        crowd.add(part)
    crowd.run(seconds=6)


def test_a_project_is_thrown_away_while_its_pictures_are_made() -> None:
    a_user()
    engine = an_engine(max_parallel=100)
    styles = [a_style(slug) for slug in STYLES]
    picture = a_picture()

    def make() -> None:
        claim = dispatch.claim()
        if claim is not None:
            answer(claim, picture)

    def throw_away() -> None:
        project = a_project(*[f"bird {number}" for number in range(6)])
        actions.start(project, user=None, styles=styles, strategy="independent", engine=engine)
        editing.trash_project(Project.objects.get(pk=project.pk))

    crowd = Crowd()
    crowd.add(make, times=4)
    crowd.add(throw_away, times=2)
    crowd.run(seconds=2)


def test_the_last_place_of_a_run_is_given_once() -> None:
    for _ in range(10):
        run = a_run(a_project(*[f"bird {number}" for number in range(8)]), "cumulative", an_engine(max_parallel=100))
        crowd = Crowd()
        crowd.add(dispatch.claim, times=6)
        crowd.run(seconds=0.1)
        assert run.takes.filter(status=Status.GENERATING).count() <= 2
        actions.cancel(run, None)


def test_a_lease_runs_out_while_its_answer_arrives() -> None:
    a_run(a_project(*[f"bird {number}" for number in range(8)]), "independent", an_engine(max_attempts=100))

    def return_all() -> None:
        Take.objects.filter(status=Status.PENDING).update(not_before=None)
        for pk in Take.objects.filter(status=Status.GENERATING).values_list("pk", flat=True):
            Take.objects.filter(pk=pk, status=Status.GENERATING).update(lease_until=database_now())
        settle.return_expired()

    crowd = Crowd()
    crowd.add(jobs.make_next, times=4)
    crowd.add(return_all)
    crowd.run(seconds=2)
