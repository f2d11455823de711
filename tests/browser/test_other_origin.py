"""Pages of other origins in a real browser: those that may call get answers, streams and pictures; others nothing."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.calling import a_token
from tests.making import a_project, a_run, an_engine, make_all
from tests.running import Environment, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

READ = """async ({ url, token, ...more }) => {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(url, { headers, ...more });
  return { status: answer.status, body: await answer.json() };
}"""
STREAM = """async ({ url, token, body }) => {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const told = [];
  let text = "", pieces = 0;
  for (let piece; !(piece = await reader.read()).done; pieces++) {
    const lines = (text + piece.value).split("\\n\\n");
    text = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) told.push(JSON.parse(line.slice(6)));
  }
  return { told, pieces };
}"""
SHOW = """async (url) => {
  const image = document.body.appendChild(new Image());
  image.src = url;
  await image.decode();
  return [image.naturalWidth, image.naturalHeight];
}"""
PEEK = """async (url) => {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL().length > 0;
}"""
BEATS = {
    "clear": [
        {"shot_number": 1, "beat_number": f"1.{number}", "transition_type": "C", "ai_prompt": "a lamp on a table"}
        for number in (1, 2)
    ]
}


class EmptyPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A page of somebody else's</title>")

    def log_message(self, *args: object) -> None:
        pass


def serve() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def known() -> Iterator[str]:
    """An origin whose pages may call."""
    yield from serve()


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """One whose pages may not."""
    yield from serve()


@pytest.fixture(scope="module")
def server(environment: Environment, known: str) -> Iterator[str]:
    with web(environment | {"CORS_ORIGINS": known}) as url:
        yield url


@pytest.fixture
def opened(chromium: Browser, transactional_db: None) -> Iterator[Callable[[str], Page]]:
    context = chromium.new_context()

    def open_page(origin: str) -> Page:
        page = context.new_page()
        page.goto(origin)
        return page

    yield open_page
    context.close()


def finished() -> None:
    a_run(a_project("a table", "an apple", external_id="guides/table"))
    make_all()


def test_a_page_that_may_call_polls_and_shows_the_pictures(opened: Any, server: str, known: str) -> None:
    finished()
    page = opened(known)
    told = page.evaluate(READ, {"url": f"{server}/step-images/guides%2Ftable", "token": a_token()})
    assert (told["status"], told["body"]["status"]) == (200, "completed")
    for image in told["body"]["step_images"]:
        assert page.evaluate(SHOW, image["image_url"]) == [96, 96]
        assert page.evaluate(PEEK, image["image_url"])


def test_a_page_that_may_call_reads_the_stream_piece_by_piece(
    opened: Any, server: str, known: str, work: Callable[[], None]
) -> None:
    engine = an_engine(side=192, options={"seconds": 0.3})
    type(engine).objects.exclude(pk=engine.pk).update(enabled=False)
    work()
    body = {"projectPath": "boards/lamp", "promptsByStyle": BEATS}
    read = opened(known).evaluate(STREAM, {"url": f"{server}/api/generate-images", "token": a_token(), "body": body})
    assert read["told"][-1] == {"type": "complete", "result": {"success": True}}
    assert [message["beat_number"] for message in read["told"] if message.get("status") == "complete"] == ["1.1", "1.2"]
    assert read["pieces"] > 2


def test_a_page_that_may_call_is_told_what_is_wrong(opened: Any, server: str, known: str) -> None:
    page = opened(known)
    assert page.evaluate(READ, {"url": f"{server}/step-images/x", "token": ""})["status"] == 401
    answer = page.evaluate(
        READ, {"url": f"{server}/api/stop-generation", "token": a_token(), "method": "POST", "body": "{"}
    )
    assert answer == {"status": 400, "body": {"success": False, "error": "The body is not JSON."}}


def test_no_page_calls_with_cookies(opened: Any, server: str, known: str) -> None:
    with pytest.raises(Error, match="Failed to fetch"):
        opened(known).evaluate(READ, {"url": f"{server}/step-images/health", "token": "", "credentials": "include"})


@pytest.mark.parametrize("path", ["/step-images/guides%2Ftable", "/step-images/health", "/api/generation-status/x"])
def test_a_page_that_may_not_call_learns_nothing(opened: Any, server: str, stranger: str, path: str) -> None:
    finished()
    page = opened(stranger)
    for token in ("", a_token()):
        with pytest.raises(Error, match="Failed to fetch"):
            page.evaluate(READ, {"url": f"{server}{path}", "token": token})


def test_a_page_that_may_not_call_begins_nothing(opened: Any, server: str, stranger: str) -> None:
    body = {"projectPath": "boards/lamp", "promptsByStyle": BEATS}
    page = opened(stranger)
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate(STREAM, {"url": f"{server}/api/generate-images", "token": a_token(), "body": body})
    told = opened(server).evaluate(READ, {"url": f"{server}/api/generation-status/boards%2Flamp", "token": a_token()})
    assert told["body"] == {"success": True, "isGenerating": False}
