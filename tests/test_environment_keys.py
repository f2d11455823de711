"""Vendors' keys in the environment: which variables are read, and what is made of what stands in them."""

import base64

import pytest

from config.environment_keys import EnvironmentKey, is_fernet_key, read_keys


def told(environment: dict[str, str]) -> list[tuple[str, str, str, str, str]]:
    keys = read_keys(environment)
    return sorted((key.provider, key.variable, key.account, key.style, key.secret) for key in keys)


def test_without_variables_there_are_no_keys() -> None:
    assert read_keys({"PATH": "/bin", "GEMINI_API_KEY": "", "GEMINI_API_KEYS": " , "}) == []


@pytest.mark.parametrize(
    ("variable", "provider"),
    [("GEMINI_API_KEY", "gemini"), ("OPENAI_API_KEY", "openai"), ("RUNPOD_API_KEY", "runpod")],
)
def test_a_variable_names_the_vendor(variable: str, provider: str) -> None:
    assert told({variable: "secret-one"}) == [(provider, variable, "", "", "secret-one")]


@pytest.mark.parametrize(
    "name", ["MY_GEMINI_API_KEY", "GEMINI_API_KEY_OLD", "GEMINI_KEY", "AZURE_API_KEY", "gemini_api_key"]
)
def test_other_variables_are_nobodys_keys(name: str) -> None:
    assert read_keys({name: "secret-one"}) == []


@pytest.mark.parametrize("text", ["one-key,two-key", "one-key two-key", "one-key\ntwo-key\n", " one-key ,\n two-key,"])
def test_a_list_is_parted_by_commas_blanks_and_lines(text: str) -> None:
    assert [key.secret for key in read_keys({"GEMINI_API_KEYS": text})] == ["one-key", "two-key"]


def test_a_list_may_say_whose_each_key_is() -> None:
    assert told({"OPENAI_API_KEYS": "work=one-key,two-key,work=three-key"}) == [
        ("openai", "OPENAI_API_KEYS", "", "", "two-key"),
        ("openai", "OPENAI_API_KEYS", "work", "", "one-key"),
        ("openai", "OPENAI_API_KEYS", "work", "", "three-key"),
    ]


def test_a_list_may_be_for_one_style() -> None:
    assert told({"GEMINI_API_KEYS_CLEAR": "a-key", "GEMINI_API_KEYS_INK_WASH": "b-key"}) == [
        ("gemini", "GEMINI_API_KEYS_CLEAR", "", "clear", "a-key"),
        ("gemini", "GEMINI_API_KEYS_INK_WASH", "", "ink-wash", "b-key"),
    ]


def test_a_key_that_is_named_twice_counts_once_where_it_is_named_most_precisely() -> None:
    named = {"GEMINI_API_KEY": "a-key", "GEMINI_API_KEYS": "work=a-key b-key", "GEMINI_API_KEYS_CLEAR": "b-key"}
    assert told(named) == [
        ("gemini", "GEMINI_API_KEYS", "work", "", "a-key"),
        ("gemini", "GEMINI_API_KEYS_CLEAR", "", "clear", "b-key"),
    ]


def test_the_same_text_for_two_vendors_is_two_keys() -> None:
    assert len(read_keys({"GEMINI_API_KEY": "a-key", "OPENAI_API_KEY": "a-key"})) == 2


def test_a_key_does_not_say_its_secret() -> None:
    assert "s3cret" not in repr(EnvironmentKey("gemini", "GEMINI_API_KEY", "", "", "s3cret"))


def test_an_encryption_key_is_thirty_two_bytes() -> None:
    assert is_fernet_key(base64.urlsafe_b64encode(bytes(range(32))).decode())
    assert not any(map(is_fernet_key, ["", "x", base64.urlsafe_b64encode(b"short").decode(), "ä" * 44]))
