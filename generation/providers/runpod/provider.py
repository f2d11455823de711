"""The provider itself: chooses the endpoint, runs, polls, reads the picture."""

import re
import time
from collections.abc import Mapping, Sequence

from generation.errors import BadPicture, InvalidRequest
from generation.providers import answers
from generation.providers.base import CallHandle, ImageRequest, ImageResult
from generation.providers.beforehand import check_secret, check_wanted
from generation.providers.connections import LARGEST_ANSWER
from generation.providers.fetching import FetchError, safe_fetch
from generation.providers.graph_provider import CHECK_SECONDS, GraphProvider
from generation.providers.runpod import body, outputs
from generation.providers.runpod.endpoint import Endpoint
from generation.providers.runpod.polling import Limits, Polling, milliseconds

BASE_URL = "https://api.runpod.ai/v2"
VARIABLES = {
    "main": "RUNPOD_SERVER_100_ID",
    "alternative": "RUNPOD_SERVER_150_ID",
    "fast": "RUNPOD_SERVER_SCHNELL_ID",
}
ENDPOINT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,63}")
FETCH_SECONDS = 60.0
FETCH_AGAIN_AFTER = 0.5
LAST_SECONDS = 2.0
"""What a picture still gets that was finished right at the deadline."""


class RunPodProvider(GraphProvider):
    """Makes pictures on RunPod's serverless endpoints with ComfyUI workers of any age (`outputs`).

    `endpoints`: ids by the words "main", "alternative" and "fast". `sync_timeout`: seconds of a whole call at most;
    `max_polling_duration` seconds and `max_polling_attempts` polls once the job runs. `fetch_hosts`: "host:port" of
    stores of one's own that pictures may be fetched from although they are private. Options: `endpoint`, one of the
    words or an endpoint's id, and those of `generation.providers.graphs`.

    A job that an earlier worker started is polled and never run again. Raises InvalidRequest before anything is sent
    where options, size or references make no sense; KeyRefused, NoMoney, RateLimited and Unavailable where nothing
    was started; OutcomeUnknown where a job may have been; JobFailed, NoPicture, BadPicture and Cancelled after it was.
    """

    needs_key = True
    own_options = ("endpoint",)

    def __init__(
        self,
        base_url: str = BASE_URL,
        endpoints: Mapping[str, str] | None = None,
        sync_timeout: float = 700,
        polling_interval: float = 1,
        max_polling_duration: float = 180,
        max_polling_attempts: int = 120,
        fetch_hosts: Sequence[str] = (),
    ) -> None:
        self._base = base_url.rstrip("/")
        self._endpoints = {word: name.strip() for word, name in (endpoints or {}).items() if name.strip()}
        self._sync_timeout = sync_timeout
        self._limits = Limits(polling_interval, max_polling_duration, max_polling_attempts)
        self._fetch_hosts = tuple(fetch_hosts)

    def check_options(self, options: Mapping[str, object]) -> None:
        """Raise InvalidRequest, in words for staff, where an engine's options make no sense."""
        super().check_options(options)
        _word_or_id(options)

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        """Ask for the endpoint's health, which costs nothing."""
        check_secret(secret)
        self._endpoint(options, secret).health(time.monotonic() + CHECK_SECONDS)

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        """Make one picture."""
        check_secret(secret)
        seconds = min(request.timeout, self._sync_timeout)
        deadline = time.monotonic() + seconds
        endpoint = self._endpoint(request.options, secret)
        job_id, known = call.resume, None
        if not job_id:
            sent = body.job(request, call.id, seconds)
            check_wanted(call)
            known = endpoint.run(sent, deadline)
            job_id = str(known["id"])
            call.started(job_id)
        job = Polling(endpoint, job_id, call, self._limits, deadline).until_done(known)
        usage = milliseconds(job)
        found = outputs.first_picture(job.get("output"), usage)
        data = self._fetch(found, deadline) if isinstance(found, str) else found
        return self._result(request, data, answers.word(job, "status"), usage)

    def _fetch(self, url: str, deadline: float) -> bytes:
        """The picture is paid, so a store in passing trouble is asked again, also when the time is nearly over."""
        give_up = max(deadline, time.monotonic() + LAST_SECONDS)
        while True:
            seconds = min(FETCH_SECONDS, give_up - time.monotonic())
            try:
                return safe_fetch(url, max_bytes=LARGEST_ANSWER, timeout=seconds, allowed_hosts=self._fetch_hosts).data
            except FetchError as error:
                if not error.passing or time.monotonic() + FETCH_AGAIN_AFTER > give_up:
                    raise BadPicture(f"The picture was made, but it cannot be fetched. {error}") from error
            time.sleep(FETCH_AGAIN_AFTER)

    def _endpoint(self, options: Mapping[str, object], secret: str) -> Endpoint:
        return Endpoint(self._client, self._base, self._place(options), secret)

    def _place(self, options: Mapping[str, object]) -> str:
        chosen = _word_or_id(options)
        name = self._endpoints.get(chosen, "" if chosen in VARIABLES else chosen)
        if not name:
            raise InvalidRequest(f"{VARIABLES[chosen]} is not set: RunPod's endpoint “{chosen}” has no id.")
        return name


def _word_or_id(options: Mapping[str, object]) -> str:
    chosen = options.get("endpoint") or "main"
    if not isinstance(chosen, str) or not (chosen in VARIABLES or ENDPOINT_ID.fullmatch(chosen)):
        raise InvalidRequest(
            f"“endpoint” must be {', '.join(VARIABLES)} or an endpoint's id at RunPod, not {chosen!r:.80}."
        )
    return chosen
