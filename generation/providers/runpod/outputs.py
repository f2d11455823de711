"""What a finished job says: every shape of answer that workers of any age give.

Newest first: `{"images": [{"filename", "type": "base64" | "s3_url", "data"}], "errors"?}`, a plain list of such, images
as `{"filename", "url"}` or bare text, `{"message": base64 or address, "status"}` of old workers, `{"image_url"}`,
`{"job_results": …}`. Text is base64, a data: address, or an address where the picture lies.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generation.errors import Charged, EmptyAnswer, InvalidRequest, JobFailed, MalformedAnswer, NoPicture, ProviderError
from generation.providers import answers
from generation.providers.redaction import redact

WRAPPERS = ("images", "image", "image_url", "image_urls", "job_results", "results", "result", "output", "message")
"""Where pictures are, in this order: the first that has any counts."""
CONTENTS = ("data", "url", "image", "base64")
"""Where one picture is, in an object of its own."""
DEEPEST = 6
REFUSALS = ("workflow validation failed", "cannot execute because", "value_not_in_list", "missing 'workflow'")
"""A worker's words for a graph that it will refuse every time."""


def first_picture(output: object, usage: Mapping[str, int]) -> str | bytes:
    """The first picture of a completed job: its bytes, or the address where it lies.

    Raises EmptyAnswer without any output (a result may have been too large), NoPicture where the worker made none,
    JobFailed for an output of errors alone, MalformedAnswer for what cannot be read.
    """
    if output in (None, "", [], {}):
        raise EmptyAnswer("RunPod says that the job is complete, but gave no output.", usage=usage)
    for found in _pictures(output, DEEPEST):
        return found if is_address(found) else _decoded(found, usage)
    raise _without_picture(output, usage)


def failure(job: Mapping[str, Any], usage: Mapping[str, int], secret: str) -> ProviderError:
    """A FAILED job: what the worker says, without tracebacks and names of machines."""
    told = " ".join(_reasons(job))
    words = redact(told or "it does not say why", secret)
    if any(mark in told.lower() for mark in REFUSALS):
        error = InvalidRequest(f"The worker refuses the workflow: {words}", finish_reason="FAILED", usage=usage)
        error.charged = Charged.MAYBE  # the worker has been started for it
        return error
    return JobFailed(f"The job failed on RunPod: {words}", finish_reason="FAILED", usage=usage)


def is_address(text: str) -> bool:
    return text[:8].lower().startswith(("https://", "http://"))


def _pictures(output: object, depth: int) -> Iterator[str]:
    """All texts that stand for pictures, first things first."""
    if depth == 0:
        return
    if isinstance(output, str):
        yield from _text(output, depth)
    elif isinstance(output, list):
        for part in output:
            yield from _pictures(part, depth - 1)
    elif isinstance(output, Mapping):
        yield from _object(output, depth)


def _text(text: str, depth: int) -> Iterator[str]:
    if text.lstrip()[:1] in ("{", "["):
        yield from _pictures(answers.parse_or_none(text), depth - 1)
    elif text.strip():
        yield text.strip()


def _object(output: Mapping[str, Any], depth: int) -> Iterator[str]:
    content = next((output[name] for name in CONTENTS if output.get(name)), None)
    if isinstance(content, str):
        yield from _pictures(content, depth - 1)
        return
    for name in (*WRAPPERS, *CONTENTS):
        found = list(_pictures(output.get(name), depth - 1))
        if found:
            yield from found
            return


def _decoded(text: str, usage: Mapping[str, int]) -> bytes:
    """Base64 of either alphabet, with or without "data:…;base64," before it."""
    body = text.partition(",")[2] if text[:5].lower() == "data:" else text
    packed = "".join(body.split())
    try:
        return answers.picture(packed + "=" * (-len(packed) % 4), usage)
    except MalformedAnswer:
        if " " not in text.strip():
            raise
        raise NoPicture(f"The worker answered in words: {redact(text)}", usage=usage) from None


def _without_picture(output: object, usage: Mapping[str, int]) -> ProviderError:
    if not isinstance(output, Mapping):
        return MalformedAnswer("The worker's answer cannot be read.", usage=usage)
    reasons = " ".join(_reasons({"output": output}))
    if reasons:
        return JobFailed(f"The worker made no picture: {redact(reasons)}", finish_reason="COMPLETED", usage=usage)
    if "images" in output or "status" in output:
        reason = redact(str(output.get("status") or "no images"))
        return NoPicture("The worker saved no picture.", finish_reason=reason, usage=usage)
    return MalformedAnswer("The worker's answer is of an unknown kind.", usage=usage)


def _reasons(job: Mapping[str, Any]) -> Iterator[str]:
    """What went wrong, from the general to the particular: `error`, then what the output says of it."""
    output = job.get("output")
    inner = output if isinstance(output, Mapping) else {}
    for told in (job.get("error"), inner.get("error"), inner.get("errors"), inner.get("details")):
        yield from _told(told)
    if isinstance(output, str) and job.get("status") == "FAILED":
        yield from _told(output)


def _told(told: object) -> Iterator[str]:
    if isinstance(told, list):
        for part in told:
            yield from _told(part)
    elif isinstance(told, Mapping):
        yield str(told.get("error_message") or told.get("message") or told.get("error") or "an error without words")
    elif told:
        yield _message_within(str(told))


def _message_within(text: str) -> str:
    """Handlers that break off put a JSON object into the text: its message is for people, the rest is not."""
    told = answers.parse_or_none(text)
    return next(_told(told), text) if isinstance(told, Mapping) else text
