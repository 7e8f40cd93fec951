"""Signatures by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), symmetric ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from framelens.model import FramelensError

__all__ = ["read_secrets", "signature_headers"]

PREFIX = "whsec_"

FEWEST_BYTES, MOST_BYTES = 24, 64


def read_secrets(content: str, where: str) -> tuple[bytes, ...]:
    """The secrets in a file or variable, one a line.

    Args:
        content: of the file or variable.
        where: what messages call it.

    Raises:
        FramelensError: there is none, or a line is none; the message does not repeat it.
    """
    lines = [line.strip() for line in content.splitlines()]
    secrets = tuple(
        _secret(line, f"{where}: line {number}") for number, line in enumerate(lines, 1) if line
    )
    if not secrets:
        raise FramelensError(f"{where}: there is no secret")
    return secrets


def signature_headers(
    secrets: Sequence[bytes], identity: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers by which a receiver tells that a body is ours, and new.

    Args:
        secrets: each signs, so that receivers can change from one to the next in their own time.
        identity: of the message, without full stops; the same at every attempt.
        timestamp: seconds since 1970 at this attempt.
        body: as it is sent.
    """
    content = f"{identity}.{timestamp}.".encode() + body
    digests = [hmac.new(secret, content, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in digests),
    }


def _secret(line: str, where: str) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(PREFIX), validate=True)
    except ValueError:  # Not base64, or not even ASCII.
        secret = b""
    if not line.startswith(PREFIX) or not FEWEST_BYTES <= len(secret) <= MOST_BYTES:
        raise FramelensError(
            f"{where}: must be {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} bytes in base64"
        )
    return secret
