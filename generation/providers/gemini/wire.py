"""The SDK, imported on first use and by those alone who call: it takes half a second and 60 MB."""

from google import genai
from google.genai import types
from google.genai.errors import APIError

from generation.errors import MalformedAnswer
from generation.providers.base import Reference
from generation.providers.connections import FAILURES, failure, open_client, ssl_context
from generation.providers.gemini import reading
from generation.providers.gemini.wishes import Wish


class Wire:
    """One client for all threads and keys, kept as long as the process: a dropped one closes its connections."""

    def __init__(self, base_url: str, api_version: str) -> None:
        self._models = f"{base_url.rstrip('/')}/{api_version}/models"
        self._http = open_client()
        self._client = genai.Client(
            api_key="each call brings its own",
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=api_version,
                httpx_client=self._http,
                async_client_args={"verify": ssl_context()},
            ),
        )

    def generate(self, wish: Wish, secret: str, timeout: float) -> str:
        """The body of the answer, read by nobody yet. `timeout` is seconds. Raises a ProviderError."""
        try:
            answer = self._client.models.generate_content(
                model=wish.model,
                contents=types.Content(role="user", parts=[_part(item) for item in wish.content]),
                config=_config(wish, secret, timeout),
            )
        except APIError as error:
            raise reading.error(error.code, error.response.content, secret) from None
        except FAILURES as error:
            raise failure(error, "Gemini", timeout) from None
        except (ValueError, RecursionError):  # an error's body that the SDK cannot read
            raise MalformedAnswer("Gemini's answer cannot be read.") from None
        return (answer.sdk_http_response and answer.sdk_http_response.body) or ""

    def check_key(self, secret: str, timeout: float) -> None:
        """Ask for one line of the list of models, which is free. `timeout` is seconds. Raises a ProviderError."""
        headers = {"x-goog-api-key": secret}
        try:
            answer = self._http.get(self._models, params={"pageSize": 1}, headers=headers, timeout=timeout)
        except FAILURES as error:
            raise failure(error, "Gemini", timeout) from None
        if answer.status_code != 200:
            raise reading.error(answer.status_code, answer.content, secret)


def _part(item: str | Reference) -> types.Part:
    if isinstance(item, str):
        return types.Part(text=item)
    return types.Part.from_bytes(data=item.data, mime_type=item.content_type)


def _config(wish: Wish, secret: str, timeout: float) -> types.GenerateContentConfig:
    """The answer is left unread (the SDK's types refuse what they do not know), and one call is one request."""
    return types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=types.ImageConfig(aspect_ratio=wish.ratio, image_size=wish.size or None),
        seed=wish.seed,
        safety_settings=_safety(wish.safety),
        automatic_continuation=False,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,
        http_options=types.HttpOptions(headers={"x-goog-api-key": secret}, timeout=max(1, int(timeout * 1000))),
    )


def _safety(threshold: str) -> list[types.SafetySetting] | None:
    if not threshold:
        return None
    return [
        types.SafetySetting(category=category, threshold=types.HarmBlockThreshold(threshold))
        for category in (
            types.HarmCategory.HARM_CATEGORY_HARASSMENT,
            types.HarmCategory.HARM_CATEGORY_HATE_SPEECH,
            types.HarmCategory.HARM_CATEGORY_SEXUALLY_EXPLICIT,
            types.HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
        )
    ]
