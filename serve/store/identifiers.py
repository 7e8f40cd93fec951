"""Identifiers that sort by the time at which they were made."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

__all__ = ["new_id"]


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, then random bits."""
    bits = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    version, variant = 0x7 << 76, 0b10 << 62
    return UUID(int=bits & ~(0xF << 76) & ~(0b11 << 62) | version | variant)
