"""Throughline from programs and shells, by its public API alone: `Client` for programs, `throughline` for people.

client = Client("https://boards.example.org", token)
project = client.import_text(Path("table.md").read_text(), external_id="table-7")["project"]
for run in client.start(project["id"], ["clear"]): …

It needs the standard library and httpx2 and nothing else of this house: it may be copied to wherever it is used.
"""

import argparse
import json
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

Row = dict[str, Any]
"""An object as the API's description tells it: `/api/v1/docs`."""
Arguments = argparse.Namespace

AGAIN = 3.0
"""Seconds for which a call is tried again where that helps."""
PATIENCE = 60.0
"""Seconds for which who watches waits for a server that is away, and for which a Retry-After is obeyed."""
SILENCE = 45.0
"""Seconds without even a heartbeat after which a stream of events counts as broken."""
TOGETHER = 0.25
"""Seconds between two looks: one serves all that happens meanwhile."""


@dataclass
class Problem(Exception):
    """What went wrong: `code` for programs, `detail` for people, `charged` (no, maybe, yes) whether it cost money.

    `status` is the answer's, 0 where none came; `errors`: each wrong part of a body, `at` and `message`; `retry_after`:
    seconds to wait before asking again.
    """

    status: int
    code: str
    detail: str
    charged: str = "no"
    errors: Sequence[Row] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.detail + {"maybe": " It may have cost money.", "yes": " It has cost money."}.get(self.charged, "")


# --- the client ------------------------------------------------------------------------------------------------------


class Client:
    """Calls the API with a person's token. Every method raises Problem.

    What may pass is tried again for `patience` seconds; what makes or spends something is done once all the same.
    `waits` is told each problem that is waited for, and None once events come again.
    """

    def __init__(
        self, url: str, token: str, *, insecure: bool = False, seconds: float = 30, patience: float = AGAIN
    ) -> None:
        """`insecure` lets the token travel unencrypted to another machine; `seconds`: how long an answer may take."""
        self.url, self.patience = url.rstrip("/"), patience
        self.waits: Callable[[Problem | None], None] = lambda _problem: None
        local = _check(self.url, token, insecure=insecure)
        self._http = httpx2.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=seconds,
            trust_env=not local,  # a proxy would get to see the token
        )

    def project(self, name: str) -> Row:
        """By its number, or by what another system calls it: `ext:<name>`."""
        kind, _colon, external_id = name.partition(":")
        if kind == "ext":
            for project in self.rows("projects", external_id=external_id):
                return project
            raise Problem(404, "not_found", f"None of your projects has the external id “{external_id}”.")
        if not name.isdecimal():
            raise Problem(0, "usage", f"“{name}” is no project: give its number, or ext: and its external id.")
        return dict(self._call("GET", f"projects/{int(name)}"))

    def import_text(self, text: str, *, start: Row | None = None, **fields: str) -> Row:
        """A new project of this text (Markdown, a plain list, CSV, TSV or JSON): {project, imported, warnings}.

        `fields`: format, name (the file's), title, external_id, aspect_ratio. `start`: {styles, strategy, engine?} has
        its pictures made at once.
        """
        return dict(self._call("POST", "projects/import", {"text": text, "start": start} | fields))

    def start(
        self,
        project: int,
        styles: Sequence[str],
        strategy: str = "chained",
        *,
        engine: str = "",
        fresh: bool = False,
        **choices: Any,
    ) -> list[Row]:
        """Have the pictures made that are missing, or with `fresh` a new series; the runs. `choices`: size, quality,
        candidates, gate, gate_after, reuse, reanchor, max_parallel."""
        wish = {"styles": list(styles), "strategy": strategy, "engine": engine or None, "fresh": fresh}
        return list(self._call("POST", f"projects/{project}/start", wish | choices)["items"])

    def steer(self, kind: str, number: int, verb: str, **options: Any) -> Row:
        """A verb on a `run`, a `frame` or a `take`; the row as it then is."""
        return dict(self._call("POST", f"{kind}s/{number}/{verb}", options))

    def runs(self, project: int) -> list[Row]:
        """In the order in which they were begun."""
        return sorted(self.rows("runs", project=project, limit=200), key=lambda run: int(run["id"]))

    def frames(self, run: int) -> list[Row]:
        return list(self.rows(f"runs/{run}/frames", limit=200))

    def rows(self, path: str, **query: Any) -> Iterator[Row]:
        """Any list of the API, all its pages."""
        while True:
            page = self._call("GET", path, params=query)
            yield from page["items"]
            if page.get("next") is None:
                return
            query["cursor"] = page["next"]

    def events(self, project: int, after: int | None = None) -> Iterator[Row]:
        """What happens in a project, for as long as you ask for more: all behind this number, else a snapshot first.

        A connection that breaks is taken up again behind the last event.
        """
        headers, lost = {"Accept": "text/event-stream"}, 0.0
        headers |= {} if after is None else {"Last-Event-ID": str(after)}
        while True:
            try:
                with self._sent("GET", f"projects/{project}/events", headers=headers, timeout=SILENCE) as response:
                    lost = 0.0
                    self.waits(None)
                    for event in httpx2.EventSource(response):
                        headers |= {"Last-Event-ID": event.id} if event.id else {}
                        if event.data:
                            yield json.loads(event.data)
                raise Problem(0, "unreachable", f"{self.url} tells no more.")
            except Problem as problem:
                lost = lost or time.monotonic()
                self._sit_out(problem, lost, PATIENCE)

    def export(self, project: int) -> Row:
        """An archive of the project's pictures, once it is ready."""
        export: Row = self._call("POST", f"projects/{project}/exports", {})
        while export["status"] in ("pending", "making"):
            time.sleep(0.5)
            export = self._call("GET", f"exports/{export['id']}")
        if export["status"] != "ready":
            raise Problem(0, "export_failed", f"The archive could not be made: {export['error']}")
        return export

    def download(self, path: str, target: Path) -> int:
        """What is at `path` of the API, like `exports/7/file`, as a file that is there when it is whole; its bytes."""
        part = target.with_name(f".{target.name}.part")
        try:
            with self._sent("GET", path, follow_redirects=True) as response, part.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
            return part.replace(target).stat().st_size
        finally:
            part.unlink(missing_ok=True)

    def _call(self, method: str, path: str, body: Row | None = None, params: Row | None = None) -> Any:
        """What the answer says. A POST that is sent again carries the key it had, so that it is not done again."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        since = time.monotonic()
        while True:
            try:
                with self._sent(method, path, headers=headers, json=body, params=params) as response:
                    return _read(response)
            except Problem as problem:
                self._sit_out(problem, since, self.patience)

    def _sit_out(self, problem: Problem, since: float, patience: float) -> None:
        """Wait before asking again; raises what is no use to wait for."""
        passes = problem.status in (429, 502, 503) or problem.code in ("unreachable", "in_progress")
        wait = problem.retry_after or 1.0
        if not passes or time.monotonic() + wait - since > (PATIENCE if problem.retry_after else patience):
            raise problem
        self.waits(problem)
        time.sleep(wait)

    @contextmanager
    def _sent(self, method: str, path: str, follow_redirects: bool = False, **more: Any) -> Iterator[httpx2.Response]:
        """A good answer, its body still to be read; everything else as a Problem."""
        try:
            with self._http.stream(method, path, follow_redirects=follow_redirects, **more) as response:
                if not response.is_success:
                    _read(response)
                yield response
        except httpx2.RequestError as error:
            arrived = method == "POST" and not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            words = f"{self.url} cannot be reached: {error or type(error).__name__}."
            raise Problem(0, "unreachable", words, "maybe" if arrived else "no") from error


def _read(response: httpx2.Response) -> Any:
    """What it says. Raises Problem where that is an error, or nothing of ours."""
    try:
        said = json.loads(response.read())
    except ValueError:
        said = None
    if response.is_success and said is not None:
        return said
    if not isinstance(said, dict) or "detail" not in said:
        strange = f"What answers at {response.url} is not Throughline’s API"
        said = {"code": "not_ours", "detail": f"{strange}: {response.status_code} {response.reason_phrase}."}
    after = response.headers.get("Retry-After", "")
    told = {name: said[name] for name in ("charged", "errors") if name in said}
    wait = float(after) if after.isdecimal() else None
    raise Problem(response.status_code, said.get("code", ""), said["detail"], retry_after=wait, **told)


def _check(url: str, token: str, *, insecure: bool) -> bool:
    """Whether this is an address of this very machine. Raises Problem where the token must not be sent there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise Problem(0, "usage", "The address must be like https://boards.example.org.")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Problem(0, "unauthenticated", f"This needs a token of yours: make one at {url}/tokens/.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and not (local or insecure):
        words = "Over http everybody on the way could read your token: use https, or --insecure if you know the way."
        raise Problem(0, "usage", words)
    return local


# --- what people see -------------------------------------------------------------------------------------------------

ENDED = ("completed", "completed_with_errors", "failed", "cancelled")
WIDTH = 20
"""Signs of a bar."""
TOLD = 10
"""Failed pictures whose reasons are told to people."""


class Screen:
    """Runs as they go on: bars that grow where they stand on a terminal, else a line for each change."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.grows = not as_json and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.lines: list[str] = []
        self.drawn = 0
        self.waiting = False

    def show(self, runs: Sequence[Row]) -> None:
        before, self.lines = self.lines, [self._line(run) for run in runs]
        if self.grows:
            self._draw()
        else:
            print("".join(f"{line}\n" for line in self.lines if line not in before), end="", flush=True)

    def wait(self, problem: Problem | None) -> None:
        """Say once that nothing can be seen now; with None that it is over."""
        if self.grows:
            self._draw(*([_plain(f"Trying again: {problem}")] if problem else []))
        elif problem and not self.waiting:
            words = {"type": "waiting"} | asdict(problem)
            _complain(json.dumps(words, ensure_ascii=False) if self.as_json else f"Trying again: {problem}")
        self.waiting = problem is not None

    def _draw(self, *more: str) -> None:
        """Over what stands there."""
        room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be drawn over
        back = f"\x1b[{self.drawn}F\x1b[J" if self.drawn else ""
        shown = [line[:room] for line in (*self.lines, *more)]
        print(back + "".join(f"{line}\n" for line in shown), end="", flush=True)
        self.drawn = len(shown)

    def _line(self, run: Row) -> str:
        if self.as_json:
            return json.dumps({"type": "run"} | run, ensure_ascii=False)
        held = run["hold"] and run["status"] not in ENDED
        state = run["status"].removesuffix("_with_errors").replace("_", " ")  # how many failed is said anyway
        state = f"on hold: {run['hold_reason']}" if held else state
        failed = f", {run['failed']} failed" if run["failed"] else ""
        bar = f"{_bar(run)}  " if self.grows else ""
        label = f"{run['style']}, {run['engine']}:"
        cost = "" if run["spent"] is None else f", {_money(run['spent'])}"
        return _plain(f"{label:<20} {bar}{run['done']} of {run['total']}{failed}{cost}, {state}")


def _bar(run: Row) -> str:
    """Made, failed, still to come."""
    done: int = WIDTH * run["done"] // (run["total"] or 1)
    failed: int = min(-(-WIDTH * run["failed"] // (run["total"] or 1)), WIDTH - done)
    return "█" * done + "×" * failed + "░" * (WIDTH - done - failed)


def _money(amount: Any) -> str:
    dollars = Decimal(str(amount))
    return f"${dollars:.4f}" if 0 < dollars < Decimal("0.01") else f"${dollars:.2f}"


def _plain(text: str) -> str:
    """On one line, and nothing in it that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _tell(arguments: Arguments, document: Row, *lines: str) -> None:
    """A result: an object for programs, lines for people."""
    print("\n".join([json.dumps(document, ensure_ascii=False)] if arguments.json else map(_plain, lines)), flush=True)


def _complain(*lines: str) -> None:
    print("\n".join(map(_plain, lines)), file=sys.stderr, flush=True)


# --- commands --------------------------------------------------------------------------------------------------------


def _import(client: Client, arguments: Arguments) -> int:
    if not arguments.styles and _given(arguments, "strategy", "engine", *CHOICES):
        raise Problem(0, "usage", "Say in which --style the pictures are to be made.")
    try:
        data = sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(0, "usage", f"What is in {arguments.file} is not text in UTF-8.") from error
    wish = {"strategy": "chained"} | _given(arguments, "styles", "strategy", "engine", *CHOICES)
    fields = _given(arguments, "title", "external_id", "format")
    made = client.import_text(text, name=Path(arguments.file).name, start=wish if arguments.styles else None, **fields)
    project = made["project"]
    steps = "1 step" if made["imported"] == 1 else f"{made['imported']} steps"
    words = f"Project {project['id']}, “{project['title']}”: {steps}."
    _tell(arguments, {"type": "import"} | made, words, *made["warnings"], f"Board: {project['url']}")
    return 0


def _given(arguments: Arguments, *names: str) -> Row:
    return {name: value for name in names if (value := getattr(arguments, name))}


def _run(client: Client, arguments: Arguments) -> int:
    project = client.project(arguments.project)
    last = project["runs"][-1]["strategy"] if project["runs"] else "chained"
    strategy = arguments.strategy or last
    before = [run["style"] for run in project["runs"] if run["strategy"] == strategy]
    styles = arguments.styles or list(dict.fromkeys(before))
    if not styles:
        there = ", ".join(style["slug"] for style in client.rows("styles"))
        raise Problem(0, "usage", f"Say in which --style the pictures are to be made. There are: {there}.")
    try:
        how = {"engine": arguments.engine or "", "fresh": arguments.fresh} | _given(arguments, *CHOICES)
        runs = client.start(project["id"], styles, strategy, **how)
    except Problem as problem:
        if problem.code != "all_made":
            raise
        _tell(arguments, {"type": "all_made", "detail": problem.detail}, problem.detail)
        same = (run for run in client.runs(project["id"]) if run["style"] in styles and run["strategy"] == strategy)
        runs = [run for run in same if arguments.engine in (None, run["engine"])]
    return _follow(client, arguments, project, runs, to_the_end=arguments.watch)


def _approve(client: Client, arguments: Arguments) -> int:
    run = client.steer("run", arguments.run, "approve")
    words = f"{run['style']}, {run['engine']}: approved, {run['done']} of {run['total']} pictures are made."
    _tell(arguments, {"type": "run"} | run, words)
    return 0


def _look(client: Client, arguments: Arguments) -> int:
    project = client.project(arguments.project)
    runs = client.runs(project["id"])
    if arguments.command == "status":
        return _follow(client, arguments, project, runs, to_the_end=False)
    active = [run for run in runs if run["status"] not in ENDED]
    return _follow(client, arguments, project, active or runs, to_the_end=True)


def _follow(client: Client, arguments: Arguments, project: Row, runs: Sequence[Row], *, to_the_end: bool) -> int:
    """Show the runs, if wanted until all of them have ended; the exit code. Events say when to look again."""
    screen = Screen(as_json=arguments.json)
    client.patience, client.waits = PATIENCE, screen.wait
    try:
        screen.show(runs)
        for _event in client.events(project["id"]) if to_the_end else ():
            now = {run["id"]: run for run in client.runs(project["id"])}
            runs = [now.get(run["id"], run) for run in runs]
            screen.show(runs)
            if all(run["status"] in ENDED for run in runs):
                break
            time.sleep(TOGETHER)
    except KeyboardInterrupt:
        _complain("", f"The work goes on. Look again: throughline watch {project['id']}, or {project['url']}")
        return 130
    return _sum_up(client, arguments, project, runs)


def _sum_up(client: Client, arguments: Arguments, project: Row, runs: Sequence[Row]) -> int:
    """Tell what came of it; the exit code."""
    done, failed, total = (sum(run[name] for run in runs) for name in ("done", "failed", "total"))
    told = all(run["spent"] is not None for run in runs)  # it is not, of other people's projects
    spent = str(sum((Decimal(str(run["spent"])) for run in runs), Decimal())) if told else None
    frames = (frame | {"style": run["style"]} for run in runs if run["failed"] for frame in client.frames(run["id"]))
    failures = [frame for frame in frames if frame["status"] == "failed"]
    end = {"type": "end", "done": done, "failed": failed, "total": total, "spent": spent, "board": project["url"]}
    made = f"{done} of {total} pictures are made" + (f", {failed} failed" if failed else "")
    why = [f"  {frame['style']}, picture {frame['position']}: {frame['error']}" for frame in failures[:TOLD]]
    why += [f"  … and {len(failures) - TOLD} more."] if len(failures) > TOLD else []
    cost = f" Cost so far: {_money(spent)}." if told else ""
    lines = (f"{made}.{cost}" if runs else "No pictures are asked for yet.", *why, f"Board: {project['url']}")
    _tell(arguments, end | {"failures": failures}, *lines)
    return 1 if any(run["failed"] or run["status"] in ENDED[1:] for run in runs) else 0


def _export(client: Client, arguments: Arguments) -> int:
    project = client.project(arguments.project)
    target = arguments.output / f"throughline-{project['id']}.zip" if arguments.output.is_dir() else arguments.output
    if not target.parent.is_dir():
        raise Problem(0, "usage", f"There is no directory {target.parent}.")
    export = client.export(project["id"])
    size = client.download(f"exports/{export['id']}/file", target)
    document = {"type": "export"} | export | {"file": str(target), "size": size}
    _tell(arguments, document, f"{export['total']} pictures in {target} ({size / 1e6:.1f} MB).")
    return 0


# --- the command line ------------------------------------------------------------------------------------------------

Option = tuple[str, Row]
PROJECT: Option = ("project", {"metavar": "PROJECT", "help": "its number, or ext: and its external id"})
START: tuple[Option, ...] = (
    ("--style", {"action": "append", "dest": "styles", "metavar": "SLUG", "help": "may be given several times"}),
    ("--strategy", {"help": "chained (where nothing else is said), shots, cumulative or independent"}),
    ("--engine", {"metavar": "SLUG", "help": "what makes the pictures; each style's own where left out"}),
    ("--size", {"type": int, "metavar": "PIXELS", "help": "of the longest side; the engine's own where left out"}),
    ("--quality", {"help": "as the engine names it"}),
    ("--candidates", {"type": int, "metavar": "NUMBER", "help": "pictures made of each step, to choose from"}),
    ("--gate", {"help": "wait for approval after every frame or shot, or once after the first pictures: first"}),
    ("--gate-after", {"type": int, "metavar": "NUMBER", "help": "how many pictures the gate first lets through"}),
    ("--reuse", {"action": "store_true", "help": "take equal pictures that exist already, free"}),
)
CHOICES = ("size", "quality", "candidates", "gate", "gate_after", "reuse")
COMMANDS: dict[str, tuple[Callable[[Client, Arguments], int], str, tuple[Option, ...]]] = {
    "import": (_import, "Make a project of a text, and with --style have its pictures made.", (
        ("file", {"metavar": "FILE", "help": "Markdown, a plain list, CSV, TSV or JSON; - reads standard input"}),
        ("--title", {"help": "where the text brings none along"}),
        ("--external-id", {"metavar": "NAME", "help": "what another system calls the project"}),
        ("--format", {"help": "list, table or json, where it is not recognised"}),
        *START,
    )),
    "run": (_run, "Have the pictures made that are missing; without --style in the styles that it has.", (
        PROJECT,
        *START,
        ("--fresh", {"action": "store_true", "help": "begin a new series beside the one there is"}),
        ("--watch", {"action": "store_true", "help": "stay until all is made"}),
    )),
    "approve": (_approve, "Approve what a run waits with, and let it go on.", (
        ("run", {"type": int, "metavar": "RUN", "help": "its number"}),
    )),
    "watch": (_look, "Stay with what is being made until all is made.", (PROJECT,)),
    "status": (_look, "Tell how far everything is.", (PROJECT,)),
    "export": (_export, "Fetch the pictures as a ZIP archive.", (
        PROJECT,
        ("--output", {"type": Path, "default": Path(), "metavar": "FILE", "help": "a file or a directory"}),
    )),
}  # fmt: skip


def main() -> int:
    """Ends with 0 if all went well, 1 if pictures failed, 2 for what is wrong or refused, 3 without a server or a valid
    token, 130 after Ctrl-C."""
    url, token = os.environ.get("THROUGHLINE_URL"), os.environ.get("THROUGHLINE_TOKEN", "")
    unsaid = Arguments(url=url or "http://127.0.0.1:8000", token=token, token_file=None, insecure=False, json=False)
    arguments = _parser().parse_args(namespace=unsaid)
    try:
        # never an argument of the command: every user of a machine may list those
        token = Path(arguments.token_file).read_text("utf-8", "replace") if arguments.token_file else arguments.token
        client = Client(arguments.url, token.strip(), insecure=arguments.insecure)
        return COMMANDS[arguments.command][0](client, arguments)
    except Problem as problem:
        if problem.status == 401:
            problem.detail = f"This token opens nothing (any more): make one at {arguments.url}/tokens/."
        return _fail(problem, arguments)
    except BrokenPipeError:  # who read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(Problem(0, "usage", f"{error.filename}: {error.strerror}."), arguments)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--url", help="where Throughline is (THROUGHLINE_URL, else http://127.0.0.1:8000)")
    common.add_argument("--token-file", metavar="FILE", help="a file with your token (else THROUGHLINE_TOKEN is it)")
    common.add_argument("--insecure", action="store_true", help="send the token unencrypted to another machine")
    common.add_argument("--json", action="store_true", help="an object on each line, for programs")
    words = "Texts in, series of pictures out."
    how: Row = {"parents": [common], "allow_abbrev": False}  # --token would pass for --token-file
    parser = argparse.ArgumentParser("throughline", description=words, epilog=main.__doc__, **how)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for name, (_act, told, options) in COMMANDS.items():
        command = commands.add_parser(name, help=told, description=told, **how)
        for option, meant in options:
            command.add_argument(option, **meant)
    return parser


def _fail(problem: Problem, arguments: Arguments) -> int:
    if arguments.json:
        print(json.dumps({"type": "problem"} | asdict(problem), ensure_ascii=False), file=sys.stderr)
    else:
        places = [f"  {error['at'].removeprefix('body.')}: {error['message']}" for error in problem.errors]
        _complain(f"throughline: {problem}", *places)
    refused = problem.code == "usage" or (400 <= problem.status < 500 and problem.status not in (401, 403, 429))
    return 2 if refused else 3


if __name__ == "__main__":
    sys.exit(main())
