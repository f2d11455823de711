"""django-rq's pages: they work, and for superusers only, for whoever sees the queues could run jobs."""

from collections.abc import Iterator

import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, reverse
from django_rq import get_queue
from rq.job import Job
from rq.results import Result

from generation import rq, rq_urls
from tests.admin_rows import a_superuser

pytestmark = pytest.mark.django_db
NEED_A_FORM = {"confirm_action", "actions", "enqueue_job", "stop_job"}
"""They only answer to a POST, and lead back to a list otherwise."""


@pytest.fixture
def job(flushed_broker: redis.Redis) -> Job:
    """A failed one, with a worker that has signed on."""
    queue = get_queue(rq.PICTURES, commit_mode="auto")
    job: Job = queue.enqueue("generation.jobs.make_next", job_timeout=-1, failure_ttl=60)
    Result.create_failure(job, 60, "Traceback: it broke")
    rq.thread_worker(rq.PICTURES, "tester").register_birth()  # type: ignore[no-untyped-call]
    return job


def pages(job: Job) -> Iterator[tuple[str, str]]:
    """Name and address of every page."""
    result = Result.fetch_latest(job)
    assert result is not None
    values = {
        "queue_index": 1,
        "job_id": job.id,
        "result_id": result.id,
        "connection_index": 0,
        "scheduler_name": "none",
        "cron_job_name": "none",
        "key": "rq:worker:tester",
    }
    for pattern in rq_urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        wanted = {name: values[name] for name in pattern.pattern.converters}
        yield str(pattern.name), reverse(f"django_rq:{pattern.name}", kwargs=wanted)


def test_every_page_answers_a_superuser(job: Job) -> None:
    client = Client()
    client.force_login(a_superuser())
    for name, address in pages(job):
        answer = client.get(address)
        expected = (404,) if "cron" in name else (200, 302, 405) if name in NEED_A_FORM else (200,)
        assert answer.status_code in expected, (name, answer.status_code)
    assert "make_next" in client.get(reverse("django_rq:jobs", args=[1])).content.decode()


@pytest.mark.parametrize("who", ["staff", "person", "nobody"])
def test_no_page_answers_anybody_else(who: str, job: Job) -> None:
    client = Client()
    if who != "nobody":
        user = User.objects.create_user(who, is_staff=who == "staff")
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="django_rq"))
        client.force_login(user)
    for name, address in pages(job):
        for answer in (client.get(address), client.post(address)):
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("login")), name
    assert get_queue(rq.PICTURES).count == 1


def test_there_is_no_second_way_to_them() -> None:
    """django-rq would put its pages into the admin too, open to all staff."""
    client = Client()
    client.force_login(a_superuser())
    assert client.get("/admin/django_rq/dashboard/").status_code == 404


def test_the_way_there_is_shown_to_superusers(flushed_broker: redis.Redis) -> None:
    root, staff = Client(), Client()
    root.force_login(a_superuser())
    staff.force_login(User.objects.create_user("staff", is_staff=True))
    assert reverse("django_rq:home") in root.get(reverse("admin:index")).content.decode()
    assert reverse("django_rq:home") not in staff.get(reverse("admin:index")).content.decode()
