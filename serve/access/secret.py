"""Keys as their holders have them: ``flk_ID_SECRET``, shown once and stored as a digest."""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["digest", "identity", "new_key"]

PREFIX = "flk"
"""What scanners for leaked secrets know a key by."""

IDENTITY_BYTES = 6
SECRET_BYTES = 32


def new_key() -> str:
    """A new key, whose secret is 256 bits from the system's source of randomness."""
    return f"{PREFIX}_{secrets.token_hex(IDENTITY_BYTES)}_{secrets.token_hex(SECRET_BYTES)}"


def identity(key: str) -> str:
    """The public part of a key, by which its digest is found; empty in what is no key."""
    parts = key.split("_")
    return parts[1] if len(parts) == 3 and parts[0] == PREFIX else ""


def digest(key: str) -> str:
    """What is stored of a key.

    SHA-256 alone, since there is nothing to guess: a slow hash protects what people think of, and
    256 random bits are out of reach at any speed.
    """
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
