"""What every provider does, over real HTTP to the simulator. Rows are in `vendors`."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.processes import BASE_DIR
from generation.errors import (
    BadPicture,
    Cancelled,
    Charged,
    InvalidRequest,
    KeyRefused,
    MalformedAnswer,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)
from generation.providers import PROVIDERS, connections
from generation.providers.base import Provider, ReferenceRole
from storyboards.pictures import NotAPicture, check
from tests.generation.providers.asking import Watched, reference, request
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import SECRET, STRANGER, TROUBLES, VENDORS, Vendor, able, troubled
from tests.simulator.client import Simulator
from tests.simulator.state import Entry

Providers = Mapping[str, Provider]
SHORT = 0.7
"""Seconds that a call may take which gets no answer."""
MARGIN = 2.0
"""Seconds that it may take longer on a machine with other things to do."""


def each(*needs: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vendor", able(*needs), ids=lambda vendor: vendor.name)


def each_trouble() -> pytest.MarkDecorator:
    names = [f"{vendor.name}-{kind}" for vendor, kind in troubled()]
    return pytest.mark.parametrize(("vendor", "kind"), troubled(), ids=names)


def paid(simulator: Simulator, vendor: Vendor) -> list[Entry]:
    """The requests that cost money."""
    return [entry for entry in simulator.log(vendor.name) if vendor.paid in entry.path and entry.method == "POST"]


def test_every_provider_has_a_row() -> None:
    assert {vendor.name for vendor in VENDORS} <= set(PROVIDERS)


@each()
def test_text_becomes_a_picture(vendor: Vendor, providers: Providers) -> None:
    result = providers[vendor.name].generate(request(vendor.model, options=vendor.options), SECRET, Watched())
    picture = check(result.data, decode=True)
    assert picture.content_type == result.content_type
    assert abs(picture.width / picture.height - 4 / 3) < 0.1


@each("request")
def test_a_picture_is_one_request_with_prompt_model_and_key(
    vendor: Vendor, providers: Providers, simulator: Simulator
) -> None:
    providers[vendor.name].generate(request(vendor.model, options=vendor.options), SECRET, Watched())
    (entry,) = paid(simulator, vendor)
    assert "a lantern on a table" in entry.prompt
    if "key" not in vendor.cannot:
        assert (entry.key, entry.account) == ("first", "main")
    assert entry.references == []


@each("request")
def test_usage_or_cost_is_told(vendor: Vendor, providers: Providers) -> None:
    result = providers[vendor.name].generate(request(vendor.model, options=vendor.options), SECRET, Watched())
    assert result.cost is not None or set(result.usage) & {"image_out", "milliseconds"}


@each("request")
def test_a_reference_arrives_byte_for_byte(vendor: Vendor, providers: Providers, simulator: Simulator) -> None:
    before = reference()
    wanted = request(vendor.model, options=vendor.options, references=(before,))
    providers[vendor.name].generate(wanted, SECRET, Watched())
    (entry,) = paid(simulator, vendor)
    assert entry.references == [hashlib.sha256(before.data).hexdigest()]


@each("request", "several references")
def test_several_references_arrive_in_order(vendor: Vendor, providers: Providers, simulator: Simulator) -> None:
    pictures = (
        reference(ReferenceRole.STYLE, "JPEG", "red"),
        reference(ReferenceRole.CONCEPT, "WEBP", "green"),
        reference(ReferenceRole.PREVIOUS, "PNG", "blue"),
    )
    wanted = request(vendor.model, options=vendor.options, references=pictures)
    providers[vendor.name].generate(wanted, SECRET, Watched())
    (entry,) = paid(simulator, vendor)
    assert entry.references == [hashlib.sha256(picture.data).hexdigest() for picture in pictures]


@each()
def test_more_references_than_the_model_takes_cost_nothing(
    vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail
) -> None:
    provider = providers[vendor.name]
    most = provider.capabilities(vendor.model, vendor.options).max_references
    wanted = request(vendor.model, options=vendor.options, references=(reference(),) * (most + 1))
    assert isinstance(fail(provider, wanted), InvalidRequest)
    assert paid(simulator, vendor) == []


@each_trouble()
def test_trouble_comes_to_its_error_by_one_request(
    vendor: Vendor, kind: str, providers: Providers, simulator: Simulator, fail: Fail
) -> None:
    options = vendor.trouble(simulator, kind)
    seconds = SHORT if kind in ("hang", "drip") else 20
    start = time.monotonic()
    error = fail(providers[vendor.name], request(vendor.model, options=options, timeout=seconds))
    assert time.monotonic() - start < seconds + MARGIN
    assert type(error) is vendor.expects.get(kind, TROUBLES[kind])
    if "request" not in vendor.cannot:
        assert len(paid(simulator, vendor)) == 1


@each("rate_minute")
def test_a_minutes_limit_says_when_to_come_back(
    vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail
) -> None:
    error = fail(providers[vendor.name], request(vendor.model, options=vendor.trouble(simulator, "rate_minute")))
    assert isinstance(error, RateLimited)
    assert not error.daily
    assert error.retry_after is not None
    assert 29.9 <= error.retry_after <= 31.1


@each("rate_day")
def test_a_days_limit_is_told_apart(vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail) -> None:
    error = fail(providers[vendor.name], request(vendor.model, options=vendor.trouble(simulator, "rate_day")))
    assert isinstance(error, RateLimited)
    assert error.daily


@each("key")
def test_a_key_nobody_has_is_refused(vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail) -> None:
    error = fail(providers[vendor.name], request(vendor.model, options=vendor.options), STRANGER)
    assert isinstance(error, KeyRefused)
    assert error.blames_key


@each("key")
@pytest.mark.parametrize("secret", ["", "two words", "line\nbreak", "schlüssel"])
def test_what_can_be_no_key_is_never_sent(
    vendor: Vendor, secret: str, providers: Providers, simulator: Simulator
) -> None:
    with pytest.raises(KeyRefused):
        providers[vendor.name].generate(request(vendor.model, options=vendor.options), secret, Watched())
    assert simulator.log(vendor.name) == []


@each("key")
def test_checking_a_key_costs_nothing(vendor: Vendor, providers: Providers, simulator: Simulator) -> None:
    providers[vendor.name].check_key(SECRET, vendor.options)
    with pytest.raises(KeyRefused):
        providers[vendor.name].check_key(STRANGER, vendor.options)
    assert paid(simulator, vendor) == []


@each()
def test_a_cancelled_call_ends_before_it_costs(
    vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail
) -> None:
    wanted = request(vendor.model, options=vendor.options)
    error = fail(providers[vendor.name], wanted, call=Watched(unwanted=True))
    assert isinstance(error, Cancelled)
    assert paid(simulator, vendor) == []


@each("broken picture")
@pytest.mark.parametrize("kind", ["corrupt", "bomb", "gif", "svg"])
def test_what_is_no_picture_is_never_taken_for_one(
    vendor: Vendor, kind: str, providers: Providers, simulator: Simulator
) -> None:
    simulator.fault(kind, vendor.name)
    try:
        result = providers[vendor.name].generate(request(vendor.model, options=vendor.options), SECRET, Watched())
    except (MalformedAnswer, BadPicture):
        return
    with pytest.raises(NotAPicture):
        check(result.data, decode=True)


@each("request")
def test_an_answer_too_large_is_a_bad_picture(
    vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LARGEST_ANSWER", 1000)
    simulator.fault("status", vendor.name, path=vendor.paid, status=200, body="x" * 2000)
    assert isinstance(fail(providers[vendor.name], request(vendor.model)), BadPicture)
    assert len(paid(simulator, vendor)) == 1


@each("request")
def test_what_may_have_been_made_may_have_been_charged(
    vendor: Vendor, providers: Providers, simulator: Simulator, fail: Fail
) -> None:
    error = fail(providers[vendor.name], request(vendor.model, options=vendor.trouble(simulator, "cut")))
    assert isinstance(error, OutcomeUnknown)
    assert error.charged is Charged.MAYBE


@each("request")
def test_a_vendor_out_of_reach_has_charged_nothing(vendor: Vendor, fail: Fail) -> None:
    nowhere = vendor.build(Simulator("http://127.0.0.1:9"))  # discard: nobody listens
    error = fail(nowhere, request(vendor.model, options=vendor.options))
    assert error.code == "unavailable"
    assert error.charged is Charged.NO


@each("request", "at once")
def test_250_calls_at_once_all_come_home(vendor: Vendor, providers: Providers, simulator: Simulator) -> None:
    simulator.latency(vendor.name, 1.0)
    wanted = request(vendor.model, options=vendor.options, timeout=60)

    def ask(_: int) -> str:
        try:
            return providers[vendor.name].generate(wanted, SECRET, Watched()).content_type
        except ProviderError as error:
            return repr(error)

    with ThreadPoolExecutor(250) as threads:
        found = set(threads.map(ask, range(250)))
    assert len(found) == 1
    assert found.pop().startswith("image/")
    assert len(paid(simulator, vendor)) == 250
    if vendor.waits:  # and none for another's connection
        assert simulator.counters()["most_in_flight"] > 150


@each()
def test_an_unknown_option_is_refused_in_words(vendor: Vendor, providers: Providers) -> None:
    providers[vendor.name].check_options(vendor.options)
    with pytest.raises(InvalidRequest, match="colour"):
        providers[vendor.name].check_options({**vendor.options, "colour": "red"})


@each("request", "model")
def test_a_missing_model_is_told_before_anything_is_sent(vendor: Vendor, providers: Providers) -> None:
    assert providers[vendor.name].missing(vendor.model, vendor.options) == []
    assert providers[vendor.name].missing("", {}) != []


@each()
def test_planning_needs_no_sdk(vendor: Vendor) -> None:
    """The web process asks what a model can do and costs, and never calls: an SDK would cost it 60 MB."""
    code = (
        "import sys; from generation.providers import get_provider as get; "
        f"provider = get({vendor.name!r}); provider.capabilities('m', {{}}); provider.tariff('m', 512, 512, {{}}); "
        "provider.missing('m', {}); sys.exit(bool({'google.genai', 'openai'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, check=True)


@pytest.mark.parametrize(("name", "sdk"), [("gemini", "google.genai"), ("openai", "openai")])
def test_warming_up_loads_the_sdk(name: str, sdk: str) -> None:
    """Its half second is not the first call's, whose limit is counted from when it leaves."""
    code = f"import sys; from generation.providers import get_provider as get; get({name!r}).warm_up(); "
    subprocess.run([sys.executable, "-c", code + f"sys.exit({sdk!r} not in sys.modules)"], cwd=BASE_DIR, check=True)


@each()
def test_an_unknown_model_is_taken_to_be_a_new_one(vendor: Vendor, providers: Providers) -> None:
    able = providers[vendor.name].capabilities("quite-new", vendor.options)
    assert able.max_references >= 1
    assert able.min_side < able.max_side
