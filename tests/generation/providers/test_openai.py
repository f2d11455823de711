"""What is OpenAI's own: sizes by the pixel, qualities, masks, limits on input images, money."""

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
    NotAllowed,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Refused,
    Unavailable,
)
from generation.providers.base import Provider, ReferenceRole, Tariff
from generation.providers.openai import OpenAIProvider, models, reading
from storyboards.pictures import check
from tests.generation.providers.anything import ANYTHING, shaped, storable
from tests.generation.providers.asking import Watched, reference, request
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import SECRET
from tests.simulator.client import Simulator
from tests.simulator.state import Entry
from tests.simulator.windows import Rule

NEW = "gpt-image-2"
OLD = "gpt-image-1.5"


@pytest.fixture
def openai(providers: Mapping[str, Provider]) -> Provider:
    return providers["openai"]


def last(simulator: Simulator) -> Entry:
    return simulator.log("openai")[-1]


@pytest.mark.parametrize(
    ("model", "width", "height", "size"),
    [
        (NEW, 1024, 1024, "1024x1024"),
        (NEW, 1360, 768, "1360x768"),
        (NEW, 1024, 576, "1088x608"),  # has too few pixels
        (NEW, 1000, 1000, "1008x1008"),
        (NEW, 3840, 2160, "3840x2160"),
        (NEW, 4096, 4096, "2880x2880"),  # has too many
        (NEW, 4000, 500, "2448x816"),  # too long for its height
        (OLD, 1920, 1080, "1536x1024"),
        (OLD, 600, 1000, "1024x1536"),
        (OLD, 1100, 1000, "1024x1024"),
    ],
)
def test_the_nearest_size_is_asked_for_and_made(
    openai: Provider, simulator: Simulator, model: str, width: int, height: int, size: str
) -> None:
    result = openai.generate(request(model, width=width, height=height), SECRET, Watched())
    assert last(simulator).size == size
    picture = check(result.data, decode=True)
    assert f"{picture.width}x{picture.height}" == size
    assert openai.tariff(model, width, height, {}) == Tariff(size, "medium")


@given(width=st.integers(64, 10_000), height=st.integers(64, 10_000))
def test_every_wanted_size_has_a_nearest_that_is_allowed(width: int, height: int) -> None:
    wide, high = models.nearest_size(models.NEWEST, width, height)
    assert wide % 16 == high % 16 == 0
    assert models.allowed(wide, high)
    wanted = max(-math.log(3), min(math.log(3), math.log(width / height)))
    assert abs(math.log(wide / high) - wanted) < 0.06


@given(width=st.integers(41, 240), height=st.integers(41, 160))
def test_a_size_that_is_allowed_is_kept(width: int, height: int) -> None:
    size = (width * 16, height * 16)
    if models.allowed(*size):
        assert models.nearest_size(models.NEWEST, *size) == size


def test_quality_is_never_left_to_the_vendor(openai: Provider, simulator: Simulator) -> None:
    openai.generate(request(NEW), SECRET, Watched())
    assert last(simulator).quality == "medium"
    openai.generate(request(NEW, options={"quality": "high", "moderation": "low"}), SECRET, Watched())
    assert (last(simulator).quality, last(simulator).facts["moderation"]) == ("high", "low")
    assert openai.tariff(NEW, 1024, 1024, {"quality": "low"}) == Tariff("1024x1024", "low")


def test_finer_qualities_are_for_the_models_that_know_them(openai: Provider, fail: Fail) -> None:
    assert openai.capabilities("gpt-image-2.5-flare", {}).qualities[-1] == "max"
    openai.generate(request("gpt-image-2.5-flare", options={"quality": "max"}), SECRET, Watched())
    assert isinstance(fail(openai, request(NEW, options={"quality": "max"})), InvalidRequest)


@pytest.mark.parametrize("options", [{"quality": "auto"}, {"quality": 1}, {"moderation": "none"}, {"n": 2}])
def test_senseless_options_are_refused(openai: Provider, options: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        openai.check_options(options)


def test_pictures_make_it_an_edit_and_text_alone_does_not(openai: Provider, simulator: Simulator) -> None:
    openai.generate(request(NEW), SECRET, Watched())
    openai.generate(request(NEW, references=(reference(),), options={"moderation": "low"}), SECRET, Watched())
    assert [entry.path for entry in simulator.log()] == ["/images/generations", "/images/edits"]


def test_a_mask_goes_along_as_one(openai: Provider, simulator: Simulator) -> None:
    pictures = (reference(), reference(ReferenceRole.MASK, colour="white"))
    openai.generate(request(NEW, references=pictures), SECRET, Watched())
    assert last(simulator).facts["masked"]
    assert len(last(simulator).references) == 1


@pytest.mark.parametrize("roles", [[ReferenceRole.MASK], [ReferenceRole.PREVIOUS] + [ReferenceRole.MASK] * 2])
def test_masks_without_sense_are_never_sent(
    openai: Provider, simulator: Simulator, fail: Fail, roles: list[ReferenceRole]
) -> None:
    wanted = request(NEW, references=tuple(reference(role) for role in roles))
    assert isinstance(fail(openai, wanted), InvalidRequest)
    assert simulator.log() == []


@pytest.mark.parametrize("role", [role for role in ReferenceRole if role is not ReferenceRole.MASK])
def test_the_prompt_is_sent_as_it_is_whatever_goes_with_it(
    openai: Provider, simulator: Simulator, role: ReferenceRole
) -> None:
    openai.generate(request(NEW, references=(reference(), reference(role))), SECRET, Watched())
    assert last(simulator).prompt == "a lantern on a table"
    assert len(last(simulator).references) == 2


def test_usage_is_told_by_kind_of_token(openai: Provider) -> None:
    result = openai.generate(request(NEW, width=1024, height=1024, references=(reference(),)), SECRET, Watched())
    assert result.usage == {"text_in": 17, "image_in": 300, "image_out": 1756}
    assert result.seed is None


def test_a_refusal_names_what_would_have_been_violated(openai: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("refusal")
    error = fail(openai, request(NEW))
    assert (type(error), error.finish_reason) == (Refused, "violence")


@pytest.mark.parametrize("kind", ["no_money", "spent"])
def test_an_account_without_money_is_blamed(openai: Provider, simulator: Simulator, fail: Fail, kind: str) -> None:
    simulator.fault(kind, "openai")
    error = fail(openai, request(NEW))
    assert isinstance(error, NoMoney)
    assert error.blames_account


@pytest.mark.parametrize(
    ("state", "expected"), [("invalid", KeyRefused), ("unverified", NotAllowed), ("no_money", NoMoney)]
)
def test_whom_an_account_in_trouble_blames(
    openai: Provider, simulator: Simulator, fail: Fail, state: str, expected: type[ProviderError]
) -> None:
    simulator.account("openai", "main", {"first": SECRET}, state=state)
    assert type(fail(openai, request(NEW))) is expected
    with pytest.raises(expected):
        openai.check_key(SECRET, {})


def test_limits_on_input_images_are_told_in_their_unit(openai: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.account("openai", "main", {"first": SECRET}, Rule("sliding", 5, 2.0, "input_images"))
    openai.generate(request(NEW, references=(reference(),) * 3), SECRET, Watched())
    error = fail(openai, request(NEW, references=(reference(),) * 3))
    assert isinstance(error, RateLimited)
    assert (error.unit, error.amount, error.daily) == ("input_images", 5, False)
    assert error.retry_after is not None
    assert 1.0 < error.retry_after <= 2.0  # to the millisecond


def test_a_reference_that_is_no_picture_is_the_requests_fault(openai: Provider, fail: Fail) -> None:
    broken = reference()
    object.__setattr__(broken, "data", b"no picture")
    assert isinstance(fail(openai, request(NEW, references=(broken,))), InvalidRequest)


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-3"])
def test_a_retired_model_is_the_requests_fault(openai: Provider, fail: Fail, model: str) -> None:
    error = fail(openai, request(model))
    assert isinstance(error, InvalidRequest)
    assert not error.retry


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (502, "<html>Bad Gateway</html>", Unavailable),
        (504, "", OutcomeUnknown),
        (503, '{"error": null}', Unavailable),
        (409, "{}", Unavailable),
        (403, '{"error": {"message": "Country, region, or territory not supported"}}', KeyRefused),
        (403, '{"error": {"message": "Project p does not have access to model m"}}', NotAllowed),
        (429, "[]", RateLimited),
        (418, '{"error": "teapot"}', InvalidRequest),
    ],
)
def test_errors_of_gateways_are_understood(
    openai: Provider, simulator: Simulator, fail: Fail, status: int, body: str, expected: type[ProviderError]
) -> None:
    simulator.fault("status", "openai", status=status, body=body)
    assert type(fail(openai, request(NEW))) is expected
    assert len(simulator.log()) == 1


def test_an_overloaded_vendor_says_when_to_come_back(openai: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("status", "openai", status=503, headers={"Retry-After": "7", "x-should-retry": "true"})
    assert fail(openai, request(NEW)).retry_after == 7


def test_a_redirect_is_not_followed_with_the_key(openai: Provider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("status", "openai", status=307, headers={"Location": simulator.url("gemini") + "/v1/models"})
    fail(openai, request(NEW))
    assert [entry.vendor for entry in simulator.log()] == ["openai"]


def test_the_environment_changes_nothing(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "somebody-elses")
    OpenAIProvider(simulator.url("openai")).generate(request(NEW), SECRET, Watched())
    entry = last(simulator)
    assert entry.key == "first"
    assert not {"openai-organization", "openai-project"} & entry.headers.keys()


LIMITED = "Rate limit reached for m in organization o on {} per {}: Limit {}, Used 5, Requested 3. {}"


@pytest.mark.parametrize(
    ("said", "headers", "expected"),
    [
        (LIMITED.format("input-images", "min", "5", "Please try again in 12s."), {}, (12.0, 5, "input_images", False)),
        (LIMITED.format("requests", "min", "5", "Please try again in 240ms."), {}, (0.24, 5, "requests", False)),
        (LIMITED.format("requests", "day", "1,000", "try again in 6h2m1.5s"), {}, (21721.5, 1000, "requests", True)),
        (LIMITED.format("tokens", "min", "200000", ""), {"retry-after": "3"}, (3.0, None, "requests", False)),
        ("", {"retry-after-ms": "1500", "retry-after": "2"}, (1.5, None, "requests", False)),
        ("", {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, (None, None, "requests", False)),
        ("try again in 999999999999999d", {}, (None, None, "requests", False)),
    ],
)
def test_limits_are_read_from_words_and_headers(
    said: str, headers: dict[str, str], expected: tuple[float | None, int | None, str, bool]
) -> None:
    error = reading.error(429, json.dumps({"error": {"message": said}}).encode(), headers, "")
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.amount, error.unit, error.daily) == expected


PICTURES = st.lists(shaped(b64_json=st.just("iVBORw==") | ANYTHING, revised_prompt=ANYTHING), max_size=2) | ANYTHING
USAGE = shaped(input_tokens=ANYTHING, output_tokens=ANYTHING, input_tokens_details=shaped(image_tokens=ANYTHING))
ANSWERS = shaped(data=PICTURES, usage=USAGE, output_format=ANYTHING)
ERRORS = shaped(error=shaped(message=ANYTHING, code=ANYTHING, type=ANYTHING))
HEADERS = st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text(max_size=8))


@given(answer=ANSWERS)
def test_any_answer_ends_in_a_picture_or_one_of_our_errors(answer: object) -> None:
    try:
        assert reading.result(json.dumps(answer).encode(), request(NEW), SECRET).data
    except ProviderError as error:
        storable(error)


@given(status=st.integers(100, 599), answer=ERRORS, headers=HEADERS)
def test_any_error_is_one_of_ours(status: int, answer: object, headers: dict[str, str]) -> None:
    storable(reading.error(status, json.dumps(answer).encode(), headers, SECRET))


@given(status=st.sampled_from([400, 429, 500]), body=st.binary(max_size=40))
def test_any_bytes_are_an_error_of_ours(status: int, body: bytes) -> None:
    storable(reading.error(status, body, {}, SECRET))
    with pytest.raises(ProviderError):
        reading.result(body, request(NEW), SECRET)
