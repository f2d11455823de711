"""What strangers and slow readers can make the web process hold, asked of a real one."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from config.web import TAKEN_AT_ONCE, largest_body
from generation.models import Export, ExportStatus
from tests.calling import a_token
from tests.making import a_project, a_user
from tests.running import Environment, process_at, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]

MIB = 1024 * 1024
ARCHIVE = 120 * MIB


@pytest.fixture
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def connect(server: str, head: str) -> socket.socket:
    address = urlsplit(server)
    client = socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=30)
    client.sendall(f"{head}\r\nHost: {address.netloc}\r\n\r\n".encode())
    return client


def memory(server: str) -> int:
    """Bytes that its process holds."""
    status = Path(f"/proc/{process_at(server)}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def test_a_body_that_is_far_too_large_is_refused_before_it_is_read(server: str) -> None:
    with connect(server, f"POST /api/v1/projects HTTP/1.1\r\nContent-Length: {largest_body() + 1}") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_whose_length_nobody_tells_is_read_so_far_and_no_further(server: str) -> None:
    sent = 0
    head = "POST /api/v1/projects HTTP/1.1\r\nTransfer-Encoding: chunked"
    with suppress(OSError), connect(server, head) as client:
        while sent < 4 * largest_body():
            client.sendall(b"100000\r\n" + bytes(MIB) + b"\r\n")
            sent += MIB
    assert sent < 2 * largest_body()
    assert memory(server) < 400 * MIB


def test_a_slow_reader_of_an_archive_costs_no_more_than_a_picture(server: str) -> None:
    user = a_user()
    project = a_project("a table", owner=user)
    name = default_storage.save("exports/large.zip", ContentFile(bytes(ARCHIVE)))
    export = Export.objects.create(
        project=project, requested_by=user, status=ExportStatus.READY, file=name, size=ARCHIVE,
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    head = f"GET /api/v1/exports/{export.pk}/file HTTP/1.1\r\nAuthorization: Bearer {a_token(user)}"
    before = memory(server)
    with connect(server, head) as client:
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        time.sleep(1.5)
        assert memory(server) - before < TAKEN_AT_ONCE + 30 * MIB
        assert read_all(client) > ARCHIVE, "all of it, behind its headers"


def read_all(client: socket.socket) -> int:
    """Bytes; the connection stays open, so by their number."""
    count = 0
    while count <= ARCHIVE and (data := client.recv(MIB)):
        count += len(data)
    return count
