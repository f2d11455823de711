"""Pictures from the command line."""

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from config.processes import BASE_DIR
from generation.management.commands._asking import character_lora
from generation.models import Engine, Status, Take
from storyboards.models import Project
from tests.making import a_user, an_engine
from tests.processes import wait_for
from tests.running import Environment

pytestmark = pytest.mark.django_db(transaction=True)
SMALL: dict[str, Any] = {"width": 96, "height": 64}


@pytest.fixture(autouse=True)
def ink() -> Engine:
    a_user()
    return an_engine("ink", number=101, title="Ink Intensity", options={"refuse_words": ["dragon"]})


def run(command: str, *arguments: str, fails: str = "", **options: Any) -> tuple[str, str]:
    """Standard output and error; `fails` is what the command's own error must say."""
    out, err = io.StringIO(), io.StringIO()
    if not fails:
        call_command(command, *arguments, stdout=out, stderr=err, **options)
    else:
        with pytest.raises(CommandError, match=re.escape(fails)):
            call_command(command, *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def image(prompt: str = "a fox", fails: str = "", **options: Any) -> str:
    return run("generate_image", prompt, fails=fails, **{"style": "101", **SMALL, **options})[0]


# --- one picture -----------------------------------------------------------------------------------------------------


def test_one_line_tells_of_the_picture() -> None:
    line = image(seed=7)
    assert re.fullmatch(r"img_\w{8}  http://\S+/original/  96x64  seed 7  \d\.\d s  \$0\.0000\n", line)


def test_a_picture_is_saved_where_one_says(tmp_path: Path) -> None:
    image(output=tmp_path, filename="fox")
    assert [path.name for path in (tmp_path / "101_Ink Intensity").iterdir()] == ["fox.png"]


def test_json_is_one_document_with_all_there_is_to_know() -> None:
    answer = json.loads(image(json=True, seed=3))
    assert (answer["status"], answer["seed"], answer["style_id"], answer["size"]) == ("completed", 3, 101, "96x64")
    assert set(answer) >= {"request_id", "images", "style", "steps", "time", "cost", "saved_path", "metadata"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"style": "99"},
            "There is no style “99”. There are: 1 Ink Intensity, 16 Dynamic Simplicity, 101 Ink Intensity.",
        ),
        ({"width": 100}, "each side must be a multiple of 16"),
        ({"loras": ["Ada"]}, "There is no LoRA “Ada”"),
        ({"user": "nobody"}, "There is no user nobody."),
    ],
)
def test_what_cannot_be_made_is_an_error_in_words(options: dict[str, Any], words: str) -> None:
    assert image(fails=words, **options) == ""
    refused = json.loads(image(fails=words, json=True, **options))
    assert refused["status"] == "refused"
    assert words in refused["error"]
    assert not Project.objects.exists()


def test_a_failed_picture_is_an_error_and_still_one_document() -> None:
    words = "policy does not allow this picture"
    assert image("a dragon", fails=words) == ""
    assert json.loads(image("a dragon", fails=words, json=True))["status"] == "failed"


def test_pictures_belong_to_who_is_named() -> None:
    bert = a_user("bert")
    image(fails="Say whose picture it is: --user NAME.")
    image(user="bert")
    assert Project.objects.get().owner == bert


def test_a_lora_may_carry_its_weight() -> None:
    assert character_lora("Ada") == "Ada"
    assert character_lora("Ada:0.8") == ("Ada", 0.8)
    assert character_lora("people/ada.safetensors:1") == ("people/ada.safetensors", 1.0)
    assert character_lora("a:b") == "a:b"


# --- many ------------------------------------------------------------------------------------------------------------


def test_a_batch_makes_a_picture_for_each_line(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\ufeffa fox\n\n  an owl\r\na cat", "utf-8")
    out, _ = run("generate_batch", str(prompts), style="ink", output=tmp_path / "out", **SMALL)
    lines = out.splitlines()
    assert [line[:3] for line in lines[:3]] == ["1/3", "2/3", "3/3"]
    assert lines[3] == "3 pictures: 3 completed."
    assert len(list((tmp_path / "out" / "101_Ink Intensity").iterdir())) == 3


def test_a_batch_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a fox\nan owl\n"))
    out, err = run("generate_batch", "-", style="101", json=True, **SMALL)
    assert [result["metadata"]["prompt"] for result in json.loads(out)] == ["a fox", "an owl"]
    assert [line[:3] for line in err.splitlines()] == ["1/2", "2/2"], "progress does not disturb the document"


def test_a_batch_with_a_failure_says_so_and_keeps_the_rest(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a fox\na dragon\nan owl\n")
    out, _ = run("generate_batch", str(prompts), style="101", fails="3 pictures: 2 completed, 1 failed.", **SMALL)
    assert "policy does not allow" in out
    statuses = json.loads(run("generate_batch", str(prompts), style="101", fails="1 failed", json=True, **SMALL)[0])
    assert [result["status"] for result in statuses] == ["completed", "failed", "completed"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b" \n\n", "There is no prompt in"), (b"\xff\xfe", "not text in UTF-8")],
)
def test_a_file_without_prompts_is_an_error(content: bytes | None, words: str, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    if content is not None:
        prompts.write_bytes(content)
    run("generate_batch", str(prompts), style="101", fails=words)
    assert (
        json.loads(run("generate_batch", str(prompts), style="101", fails=words, json=True)[0])["status"] == "refused"
    )


# --- as a process of its own -----------------------------------------------------------------------------------------


def process(environment: Environment, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "manage.py", "generate_image", *arguments]
    return subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.xdist_group("sockets")
def test_without_a_broker_pictures_are_made_and_nobody_is_bothered(
    process_environment: Environment, tmp_path: Path
) -> None:
    environment = process_environment | {"REDIS_URL": f"unix://{tmp_path}/none"}
    with process(environment, "a fox", "--style", "101", "--width", "96", "--height", "64", "--json") as made:
        out, err = made.communicate(timeout=60)
    assert (made.returncode, err) == (0, "")
    assert json.loads(out)["status"] == "completed"


@pytest.mark.xdist_group("sockets")
def test_ctrl_c_ends_the_waiting_and_loses_nothing(process_environment: Environment) -> None:
    an_engine("ink", number=101, options={"seconds": 30})

    def in_flight() -> bool | None:
        connection.close()
        return Take.objects.filter(status=Status.GENERATING).exists() or None

    with process(process_environment, "a fox", "--style", "101", "--width", "96", "--height", "64") as made:
        wait_for(in_flight, "the call")
        made.send_signal(signal.SIGINT)
        out, err = made.communicate(timeout=20)
    assert (made.returncode, out) == (130, "")
    assert "Stopped waiting. Nothing is lost" in err
    assert "Traceback" not in err
    assert Take.objects.get().status == Status.GENERATING, "its lease runs out, and whoever works next takes it over"


# --- the list --------------------------------------------------------------------------------------------------------


def test_styles_are_listed_with_what_is_missing() -> None:
    an_engine("off", number=102, title="Resting", enabled=False)
    out, _ = run("styles")
    assert " 101  Ink Intensity (ink)\n" in out
    assert "missing     It is switched off." in out
    listed = json.loads(run("styles", json=True)[0])
    assert [style["title"] for style in listed if style["number"] > 100] == ["Ink Intensity", "Resting"]
    Engine.objects.update(number=None)
    assert "There are none yet" in run("styles")[0]
    assert json.loads(run("styles", json=True)[0]) == []


@pytest.mark.parametrize("command", [["styles"], ["generate_image", "a fox", "--style", "101"]])
def test_in_a_directory_that_was_never_set_up_it_says_what_to_do(
    process_environment: Environment, tmp_path: Path, command: list[str]
) -> None:
    environment = process_environment | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("CommandError: There is no database here yet.")
