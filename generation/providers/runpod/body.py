"""The job that is sent: the graph, its pictures and its LoRAs, within what /run takes."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from generation.errors import InvalidRequest
from generation.providers import graphs
from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.graphs import flux
from generation.providers.graphs.strengths import Lora

MOST_BYTES = 10_000_000
"""Of a whole request to /run."""
QUALITIES = (95, 85)
"""Of WebP, tried in this order when pictures are too large as they are."""
SHORTEST_EXECUTION = 5.0
RESULT_KEPT = 60.0
"""Seconds, beyond the time two workers of ours may wait: the second resumes what the first began."""


def job(request: ImageRequest, call_id: str, deadline_seconds: float) -> bytes:
    """The body of POST /run.

    Pictures go along byte for byte as they were stored; only where the body would exceed 10 MB they are encoded
    anew, as WebP of high quality (a mask without loss). `input.loras` names LoRAs and where to fetch them: workers
    that fetch LoRAs understand it, all others ignore it and must have the files already. Raises InvalidRequest for
    what makes no sense and for what stays too large.
    """
    body = _encoded(request, call_id, deadline_seconds, request.references)
    for quality in QUALITIES:
        if len(body) <= MOST_BYTES:
            return body
        smaller = [_smaller(reference, quality) for reference in request.references]
        body = _encoded(request, call_id, deadline_seconds, smaller)
    if len(body) > MOST_BYTES:
        raise InvalidRequest(
            f"The pictures that go with the prompt are too large for RunPod: {len(body) / 1e6:.1f} MB, and it takes "
            f"{MOST_BYTES / 1e6:.0f} MB."
        )
    return body


def _encoded(request: ImageRequest, call_id: str, deadline_seconds: float, references: Sequence[Reference]) -> bytes:
    names = {n: graphs.file_name(call_id, n, reference.content_type) for n, reference in enumerate(references)}
    sent: dict[str, Any] = {"workflow": graphs.build(request.options, graphs.wanted(request, names))}
    if references:
        sent["images"] = [_image(names[n], reference) for n, reference in enumerate(references)]
    loras = [{"name": lora.file, "url": lora.url} for lora in _loras(request.options) if lora.url]
    if loras:
        sent["loras"] = loras
    return json.dumps({"input": sent, "policy": _policy(deadline_seconds)}).encode()


def _image(name: str, reference: Reference) -> dict[str, str]:
    return {"name": name, "image": base64.b64encode(reference.data).decode("ascii")}


def _loras(options: Mapping[str, object]) -> Sequence[Lora]:
    return () if "workflow" in options else flux.parse(options).loras


def _policy(seconds: float) -> dict[str, int]:
    """Milliseconds. RunPod stops a job itself that nobody waits for any more, and forgets it later."""
    working = max(SHORTEST_EXECUTION, seconds)
    return {"executionTimeout": int(working * 1000), "ttl": int((2 * working + RESULT_KEPT) * 1000)}


def _smaller(reference: Reference, quality: int) -> Reference:
    try:
        with Image.open(io.BytesIO(reference.data)) as image:
            buffer = io.BytesIO()
            image.save(buffer, "WEBP", quality=quality, method=2, lossless=reference.role == ReferenceRole.MASK)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidRequest("A picture that goes with the prompt cannot be read.") from error
    return replace(reference, data=buffer.getvalue(), content_type="image/webp")
