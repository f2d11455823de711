"""Pages of errors that come before anybody asked who is there."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/login/", "/step-images/x"])
def test_a_host_that_is_not_ours_is_a_bad_request_and_no_failure(path: str) -> None:
    answer = Client(raise_request_exception=False).get(path, headers={"host": "boards.example.org"})
    assert answer.status_code == 400
