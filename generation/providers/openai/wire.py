"""The SDK, imported on first use and by those alone who call: it takes 0.4 s and 52 MB."""

from typing import Any

import openai

from generation.errors import MalformedAnswer, ProviderError
from generation.providers.base import Reference
from generation.providers.connections import FAILURES, failure, open_client
from generation.providers.openai import reading
from generation.providers.openai.wishes import Wish

AS_THE_KEY_SAYS: dict[str, Any] = {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
"""Headers of a call: no organisation or project that the SDK found in the environment, for keys have their own."""
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class Wire:
    """One client for all threads and keys, kept as long as the process."""

    def __init__(self, base_url: str) -> None:
        self._models = f"{base_url.rstrip('/')}/models"
        self._http = open_client()
        self._client = openai.OpenAI(
            api_key="each call brings its own", base_url=base_url, http_client=self._http, max_retries=0
        )

    def generate(self, wish: Wish, secret: str, timeout: float) -> bytes:
        """The body of the answer, read by nobody yet. `timeout` is seconds. Raises a ProviderError."""
        images = self._client.with_options(api_key=secret).images.with_raw_response
        asked = _asked(wish, timeout)
        try:
            if wish.pictures:
                answer = images.edit(image=[_file(picture) for picture in wish.pictures], **_mask(wish), **asked)
            else:
                answer = images.generate(**_moderation(wish), **asked)
        except openai.APIStatusError as error:
            raise _status(error.response, secret) from None
        except openai.APIConnectionError as error:
            raise failure(error.__cause__, "OpenAI", timeout) from None
        except (ValueError, RecursionError, openai.OpenAIError):  # an answer that the SDK cannot read
            raise MalformedAnswer("OpenAI's answer cannot be read.") from None
        return answer.http_response.content

    def check_key(self, secret: str, timeout: float) -> None:
        """Ask for the list of models, which is free. `timeout` is seconds. Raises a ProviderError."""
        try:
            answer = self._http.get(self._models, headers={"Authorization": f"Bearer {secret}"}, timeout=timeout)
        except FAILURES as error:
            raise failure(error, "OpenAI", timeout) from None
        if answer.status_code != 200:
            raise _status(answer, secret)


def _asked(wish: Wish, timeout: float) -> dict[str, Any]:
    """What both operations take."""
    return {
        "model": wish.model,
        "prompt": wish.prompt,
        "size": wish.size,
        "quality": wish.quality,
        "output_format": "png",
        "timeout": max(0.001, timeout),
        "extra_headers": AS_THE_KEY_SAYS,
    }


def _moderation(wish: Wish) -> dict[str, Any]:
    return {"moderation": wish.moderation} if wish.moderation else {}


def _mask(wish: Wish) -> dict[str, Any]:
    return {"mask": _file(wish.mask)} if wish.mask else {}


def _file(picture: Reference) -> tuple[str, bytes, str]:
    return f"picture.{EXTENSIONS.get(picture.content_type, 'png')}", picture.data, picture.content_type


def _status(answer: Any, secret: str) -> ProviderError:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return reading.error(answer.status_code, answer.content, headers, secret)
