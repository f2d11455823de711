"""What is Gemini's own: sizes, quotas, keys that are quoted, answers that look like pictures and are none."""

import hashlib
import json
import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import (
    InvalidRequest,
    KeyRefused,
    NoMoney,
    NoPicture,
    NotAllowed,
    OutcomeUnknown,
    PromptBlocked,
    ProviderError,
    RateLimited,
    Unavailable,
)
from generation.providers.base import Provider, ReferenceRole, Tariff
from generation.providers.gemini import GeminiProvider, models, reading
from storyboards.pictures import check
from tests.generation.providers.anything import ANYTHING, shaped, storable
from tests.generation.providers.asking import Watched, reference, request
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import SECRET
from tests.simulator.client import Simulator
from tests.simulator.state import Entry
from tests.simulator.windows import Rule

FLASH = "gemini-3.1-flash-image"
ONE_SIZE = "gemini-2.5-flash-image"


@pytest.fixture
def gemini(providers: Mapping[str, Provider]) -> Provider:
    return providers["gemini"]


def last(simulator: Simulator) -> Entry:
    return simulator.log("gemini")[-1]


@pytest.mark.parametrize(
    ("width", "height", "ratio", "size"),
    [
        (1024, 1024, "1:1", "1K"),
        (1024, 576, "16:9", "1K"),
        (1360, 768, "16:9", "1K"),
        (512, 512, "1:1", "512"),
        (1920, 1080, "16:9", "2K"),
        (768, 1024, "3:4", "1K"),
        (4096, 2048, "16:9", "4K"),
        (320, 2560, "1:8", "1K"),
        (9000, 9000, "1:1", "4K"),
    ],
)
def test_the_nearest_shape_and_size_are_asked_for(
    gemini: Provider, simulator: Simulator, width: int, height: int, ratio: str, size: str
) -> None:
    gemini.generate(request(FLASH, width=width, height=height), SECRET, Watched())
    assert (last(simulator).facts["aspectRatio"], last(simulator).size) == (ratio, size)
    assert gemini.tariff(FLASH, width, height, {}) == Tariff(size=size)


def test_a_model_of_one_size_is_sent_none(gemini: Provider, simulator: Simulator) -> None:
    gemini.generate(request(ONE_SIZE, width=2048, height=2048, options={"image_size": "2K"}), SECRET, Watched())
    assert last(simulator).size == ""
    assert gemini.tariff(ONE_SIZE, 2048, 2048, {}) == Tariff(size="1K")


def test_an_engine_may_fix_the_size(gemini: Provider, simulator: Simulator) -> None:
    gemini.generate(request(FLASH, options={"image_size": "4K", "safety": "BLOCK_NONE"}), SECRET, Watched())
    assert last(simulator).size == "4K"
    assert gemini.tariff(FLASH, 512, 512, {"image_size": "4K"}) == Tariff(size="4K")


@given(width=st.integers(64, 10_000), height=st.integers(64, 10_000), name=st.sampled_from([*models.MODELS, "new"]))
def test_every_wanted_size_has_a_nearest(width: int, height: int, name: str) -> None:
    model = models.find(name)
    wide, high = models.nearest_ratio(model, width, height).split(":")
    distortion = abs(math.log(int(wide) / int(high)) - math.log(width / height))
    assert distortion <= abs(math.log(width / height))  # never worse than a square
    assert models.nearest_size(model, width, height) in (model.sizes or ("",))


@pytest.mark.parametrize("options", [{"image_size": "1k"}, {"image_size": 1}, {"safety": ["BLOCK_NONE"]}, {"x": 1}])
def test_senseless_options_are_refused(gemini: Provider, options: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        gemini.check_options(options)


def test_seed_and_model_go_out_and_come_back(gemini: Provider, simulator: Simulator) -> None:
    result = gemini.generate(request(FLASH, seed=2**31 - 1), SECRET, Watched())
    assert last(simulator).seed == result.seed == 2**31 - 1
    assert (result.model, result.finish_reason) == (FLASH, "STOP")
    assert result.usage == {"text_in": 17, "image_out": 1120}


@pytest.mark.parametrize("role", [role for role in ReferenceRole if role is not ReferenceRole.MASK])
def test_pictures_go_before_the_prompt_which_is_sent_as_it_is(
    gemini: Provider, simulator: Simulator, role: ReferenceRole
) -> None:
    gemini.generate(request(FLASH, references=(reference(), reference(role))), SECRET, Watched())
    assert last(simulator).facts["prompt_parts"] == 3
    assert last(simulator).prompt == "a lantern on a table"


def test_masks_are_refused_unsent(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    wanted = request(FLASH, references=(reference(), reference(ReferenceRole.MASK)))
    assert isinstance(fail(gemini, wanted), InvalidRequest)
    assert simulator.log() == []


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_png_and_jpeg_come_through_as_they_are(gemini: Provider, simulator: Simulator, format_: str) -> None:
    simulator.picture("gemini", photographic=True, format=format_)
    result = gemini.generate(request(FLASH), SECRET, Watched())
    assert check(result.data, decode=True).content_type == result.content_type == f"image/{format_.lower()}"
    assert len(result.data) > 700_000


def test_interim_pictures_are_skipped(gemini: Provider, simulator: Simulator) -> None:
    plain = gemini.generate(request(FLASH), SECRET, Watched()).data
    simulator.fault("thoughts")
    final = gemini.generate(request(FLASH), SECRET, Watched()).data
    assert hashlib.sha256(final).digest() == hashlib.sha256(plain).digest()


def test_a_continuation_is_not_followed(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("continuation")
    error = fail(gemini, request(FLASH))
    assert (type(error), error.finish_reason) == (NoPicture, "CONTINUATION")
    assert len(simulator.log()) == 1


def test_a_blocked_prompt_names_the_reason(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("blocked")
    error = fail(gemini, request(FLASH))
    assert (type(error), error.finish_reason) == (PromptBlocked, "PROHIBITED_CONTENT")


@pytest.mark.parametrize("state", ["invalid", "expired", "suspended", "leaked"])
def test_keys_that_are_no_good_blame_the_key(gemini: Provider, simulator: Simulator, fail: Fail, state: str) -> None:
    """For a suspended one Google quotes the key; `fail` looks for it everywhere."""
    simulator.account("gemini", "main", {"first": SECRET}, state=state)
    assert isinstance(fail(gemini, request(FLASH)), KeyRefused)
    with pytest.raises(KeyRefused) as refused:
        gemini.check_key(SECRET, {})
    assert SECRET not in str(refused.value)


def test_each_call_goes_out_with_its_own_key(gemini: Provider, simulator: Simulator) -> None:
    simulator.account("gemini", "other", {"second": "another-key"})
    for secret in (SECRET, "another-key", SECRET):
        gemini.generate(request(FLASH), secret, Watched())
    assert [entry.account for entry in simulator.log()] == ["main", "other", "main"]


def test_coming_back_after_the_wait_that_was_told_gets_in(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    """Google floors the delay: on the floor the window would still be full."""
    simulator.account("gemini", "main", {"first": SECRET}, Rule("sliding", 1, 1.5))
    gemini.generate(request(FLASH), SECRET, Watched())
    error = fail(gemini, request(FLASH))
    assert isinstance(error, RateLimited)
    assert (error.amount, error.daily, error.unit) == (1, False, "requests")
    assert error.retry_after == 2.0  # 1 s as told, and the second it was floored by


def test_a_days_quota_is_known_by_its_name(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.account("gemini", "main", {"first": SECRET}, Rule("day", 1))
    gemini.generate(request(FLASH), SECRET, Watched())
    error = fail(gemini, request(FLASH))
    assert isinstance(error, RateLimited)
    assert (error.daily, error.amount) == (True, 1)


def test_a_quota_of_0_blames_the_right_to_the_model(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.account("gemini", "main", {"first": SECRET}, state="quota_zero")
    error = fail(gemini, request(FLASH))
    assert isinstance(error, NotAllowed)
    assert error.blames_model


def test_a_bare_429_is_a_limit_without_a_wait(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("rate_bare")
    error = fail(gemini, request(FLASH))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.amount, error.daily) == (None, None, False)


def test_a_model_nobody_has_is_the_requests_fault(gemini: Provider, fail: Fail) -> None:
    error = fail(gemini, request("gemini-9"))
    assert isinstance(error, InvalidRequest)
    assert not error.retry


@pytest.mark.parametrize("model", ["", "../secrets", "a?key=b", "a b"])
def test_what_can_be_no_model_is_never_sent(gemini: Provider, simulator: Simulator, fail: Fail, model: str) -> None:
    assert isinstance(fail(gemini, request(model)), InvalidRequest)
    assert simulator.log() == []


def test_a_reference_google_cannot_read_is_the_requests_fault(gemini: Provider, fail: Fail) -> None:
    broken = reference()
    object.__setattr__(broken, "data", b"no picture")
    assert isinstance(fail(gemini, request(FLASH, references=(broken,))), InvalidRequest)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (502, "<html>Bad Gateway</html>", Unavailable),
        (503, "", Unavailable),
        (504, '{"error": {"status": "DEADLINE_EXCEEDED"}}', OutcomeUnknown),
        (403, "[]", KeyRefused),
        (429, "null", RateLimited),
        (429, '{"error": {"message": "Your prepayment credits are depleted."}}', NoMoney),
        (400, '{"error": {"status": "FAILED_PRECONDITION", "message": "User location is not supported"}}', NotAllowed),
        (400, '{"error": "text"}', InvalidRequest),
        (418, '[{"error": {"message": "teapot"}}]', InvalidRequest),
        (500, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), Unavailable),
    ],
)
def test_errors_of_gateways_are_understood(
    gemini: Provider, simulator: Simulator, fail: Fail, status: int, body: str, expected: type[ProviderError]
) -> None:
    simulator.fault("status", "gemini", status=status, body=body)
    assert type(fail(gemini, request(FLASH))) is expected


def test_a_redirect_is_not_followed_with_the_key(gemini: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("status", "gemini", status=307, headers={"Location": simulator.url("openai") + "/models"})
    fail(gemini, request(FLASH))
    assert [entry.vendor for entry in simulator.log()] == ["gemini"]


def test_the_version_of_the_interface_can_be_set(simulator: Simulator) -> None:
    GeminiProvider(simulator.url("gemini"), "v1").generate(request(FLASH), SECRET, Watched())
    assert last(simulator).path.startswith("/v1/models/")


def test_the_environment_changes_nothing(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "key-of-somebody-else")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    GeminiProvider(simulator.url("gemini")).generate(request(FLASH), SECRET, Watched())
    assert last(simulator).key == "first"


def violation(**fields: str) -> dict[str, object]:
    return {"violations": [fields]}


@pytest.mark.parametrize(
    ("delay", "message", "wait"),
    [
        ("38s", "Please retry in 38.9s.", 39.0),
        ("45.837906927s", "", 45.837906927),
        ("0s", "", 1.0),
        ("", "Please retry in 38.922534355s.", 38.922534355),
        ("1e999s", "", None),
        ("-5s", "", None),
        ("soon", "", None),
        ("", "", None),
    ],
)
def test_waits_are_read_as_google_means_them(delay: str, message: str, wait: float | None) -> None:
    body = {"error": {"message": message, "details": [{"retryDelay": delay}]}}
    assert reading.error(429, json.dumps(body), "").retry_after == wait


def test_the_tightest_quota_of_requests_is_the_amount() -> None:
    tokens = violation(quotaId="InputTokensPerMinute", quotaMetric="input_token_count", quotaValue="3")
    requests = violation(quotaId="GenerateRequestsPerMinute", quotaMetric="requests", quotaValue="15")
    error = reading.error(429, json.dumps({"error": {"details": [tokens, requests]}}), "")
    assert isinstance(error, RateLimited)
    assert error.amount == 15


INLINE = shaped(mimeType=st.sampled_from(["image/png", "text/plain"]) | ANYTHING, data=st.just("iVBOR-_=") | ANYTHING)
PARTS = st.lists(shaped(text=ANYTHING, thought=ANYTHING, inlineData=INLINE), max_size=3) | ANYTHING
CANDIDATES = st.lists(shaped(content=shaped(parts=PARTS), finishReason=ANYTHING), max_size=2) | ANYTHING
COUNTS = shaped(promptTokenCount=ANYTHING, candidatesTokensDetails=st.lists(shaped(tokenCount=ANYTHING)) | ANYTHING)
ANSWERS = shaped(candidates=CANDIDATES, usageMetadata=COUNTS, promptFeedback=shaped(blockReason=ANYTHING))
DETAILS = st.lists(shaped(violations=ANYTHING, retryDelay=ANYTHING, reason=ANYTHING), max_size=3) | ANYTHING
ERRORS = shaped(error=shaped(message=ANYTHING, status=ANYTHING, details=DETAILS))


@given(answer=ANSWERS)
def test_any_answer_ends_in_a_picture_or_one_of_our_errors(answer: object) -> None:
    try:
        assert reading.result(json.dumps(answer), request(FLASH), SECRET).data
    except ProviderError as error:
        storable(error)


@given(body=st.binary(max_size=40))
def test_any_bytes_end_in_one_of_our_errors(body: bytes) -> None:
    with pytest.raises(ProviderError):
        reading.result(body, request(FLASH), SECRET)


@given(status=st.integers(100, 599), answer=ERRORS)
def test_any_error_is_one_of_ours(status: int, answer: object) -> None:
    storable(reading.error(status, json.dumps(answer), SECRET))


def test_a_body_too_deep_to_read_is_malformed() -> None:
    with pytest.raises(ProviderError):
        reading.result("[" * 100_000, request(FLASH), SECRET)
