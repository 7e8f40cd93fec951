"""Signatures by Standard Webhooks."""

from __future__ import annotations

import base64

import pytest

from framelens.model import FramelensError
from framelens.serve.jobs.signing import read_secrets, signature_headers

# The example that libraries for the standard test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')


def test_the_example_of_the_standard():
    assert signature_headers(read_secrets(SECRET, "here"), *MESSAGE) == {
        "webhook-id": MESSAGE[0],
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_every_secret_signs():
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()
    secrets = read_secrets(f"{other}\n\n  {SECRET} \n", "here")
    first, second = signature_headers(secrets, *MESSAGE)["webhook-signature"].split(" ")
    assert first != second == SIGNATURE


WANTED = "must be whsec_ and 24 to 64 bytes in base64"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "here: there is no secret"),
        ("\n \n", "here: there is no secret"),
        (SECRET.removeprefix("whsec_"), f"here: line 1: {WANTED}"),
        (f"{SECRET}\nwhsec_MfKQ", f"here: line 2: {WANTED}"),
        ("whsec_" + "M" * 88, f"here: line 1: {WANTED}"),
        ("whsec_é!", f"here: line 1: {WANTED}"),
    ],
)
def test_what_is_no_secret_is_named_and_not_repeated(content: str, message: str):
    with pytest.raises(FramelensError) as raised:
        read_secrets(content, "here")
    assert str(raised.value) == message
