"""By which names and origins the pages of one command may be reached."""

import pytest

from config.addresses import LOOPBACK, Address, listen


def test_at_home_both_names_of_this_machine_are_trusted() -> None:
    environment = Address("127.0.0.1", 8000).environment({})
    assert environment["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert environment["ALLOWED_HOSTS"] == "127.0.0.1,localhost,[::1]"
    assert environment["TRUSTED_ORIGINS"] == "http://127.0.0.1:8000,http://localhost:8000,http://[::1]:8000"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_everywhere_the_machines_own_addresses_and_name_are_added(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.addresses._addresses", lambda: ["192.168.1.7", "127.0.1.1", "192.168.1.7"])
    monkeypatch.setattr("socket.gethostname", lambda: "studio")
    address = Address(host, 8000)
    assert address.names() == ["192.168.1.7", "studio", *LOOPBACK]
    assert address.url({}) == "http://192.168.1.7:8000"


def test_one_address_is_shown_as_it_was_given() -> None:
    assert Address("192.168.1.7", 8000).names()[0] == "192.168.1.7"
    assert Address("::1", 8000).url({}) == "http://[::1]:8000"


def test_the_default_port_is_not_part_of_an_origin() -> None:
    assert Address("127.0.0.1", 80).url({}) == "http://127.0.0.1"


def test_a_given_address_is_trusted_beside_the_local_ones() -> None:
    environment = Address("127.0.0.1", 8000).environment({"PUBLIC_URL": "https://boards.example.org/"})
    assert environment["PUBLIC_URL"] == "https://boards.example.org/"
    assert "boards.example.org" in environment["ALLOWED_HOSTS"].split(",")
    assert environment["TRUSTED_ORIGINS"].startswith("https://boards.example.org,http://127.0.0.1:8000,")


def test_what_the_environment_says_is_left_alone() -> None:
    given = {"ALLOWED_HOSTS": "a.example", "TRUSTED_ORIGINS": "https://a.example", "OTHER": "1"}
    assert Address("0.0.0.0", 8000).environment(given).items() >= given.items()


@pytest.mark.parametrize(("host", "nearest"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.1", "10.0.0.1")])
def test_this_machine_reaches_the_server_itself(host: str, nearest: str) -> None:
    assert Address(host, 8000).nearest() == (nearest, 8000)


def test_a_taken_port_is_refused() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", first.getsockname()[1])
