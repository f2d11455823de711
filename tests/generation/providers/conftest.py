"""The vendors' own servers, as far as tests go: one for each test process, empty before each test."""

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping

import pytest

from generation.errors import ProviderError
from generation.providers.base import ImageRequest, Provider
from tests.generation.providers.asking import Watched, request
from tests.generation.providers.vendors import SECRET, STRANGER, VENDORS
from tests.simulator.client import Simulator

Fail = Callable[..., ProviderError]


@pytest.fixture(scope="session")
def providers(simulator_process: Simulator) -> Mapping[str, Provider]:
    """One of each for all tests, as in a worker. They have made a picture before: importing an SDK takes a second."""
    found = {vendor.name: vendor.build(simulator_process) for vendor in VENDORS}
    for vendor in VENDORS:
        simulator_process.account(vendor.name, "warm", {"warm": SECRET})
        found[vendor.name].generate(request(vendor.model, options=vendor.options), SECRET, Watched())
    return found


@pytest.fixture(autouse=True)
def accounts(simulator: Simulator, providers: Mapping[str, Provider]) -> None:
    """Everybody has one key."""
    for vendor in VENDORS:
        simulator.account(vendor.name, "main", {"first": SECRET})


@pytest.fixture(autouse=True)
def no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, and however much the libraries log."""
    caplog.set_level(logging.DEBUG)
    yield
    for record in caplog.get_records("call"):
        said = f"{record.getMessage()} {record.__dict__}"
        assert SECRET not in said, record.name
        assert STRANGER not in said, record.name


@pytest.fixture
def fail() -> Fail:
    """Ask for a picture that cannot be had: the error, in which no key must be found."""

    def ask(
        provider: Provider, wanted: ImageRequest, secret: str = SECRET, call: Watched | None = None
    ) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            provider.generate(wanted, secret, call or Watched())
        error = caught.value
        assert secret not in f"{error!r} {vars(error)} {''.join(traceback.format_exception(error))}"
        assert "http" not in str(error)
        return error

    return ask
