"""What both clients are set up with, and how a broken connection is told."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any

import httpx2

from framelens.client.errors import ClientError, UnreachableError
from framelens.client.retries import Attempts

__all__ = ["Settings", "timeout", "unreachable"]

CONNECT = 10.0
"""Seconds that connecting takes at most."""

IDLE = 2.0
"""Seconds after which an unused connection is not used again. The service closes them after 5, and
a request that crosses the closing would be lost."""

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
MISTAKES = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)


@dataclass(frozen=True)
class Settings:
    """Where the service is, how to reach it, and how long to try."""

    address: str
    key: str | None = field(repr=False)
    seconds: float
    retries: int
    ssl_context: ssl.SSLContext | None

    def __post_init__(self) -> None:
        url = httpx2.URL(self.address)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"{self.address!r}: an address is http(s)://HOST[:PORT][/PATH]")

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        headers = {"user-agent": f"framelens-client/{version('framelens')}"}
        if self.key is not None:
            headers["authorization"] = f"Bearer {self.key}"
        return headers

    @property
    def of_httpx(self) -> dict[str, Any]:
        """What the HTTP client is made with."""
        return {
            "base_url": self.address,
            "headers": self.headers,
            "verify": self.ssl_context or True,
            "limits": httpx2.Limits(keepalive_expiry=IDLE),
        }


def timeout(seconds: float) -> httpx2.Timeout:
    """The HTTP client's timeouts for an attempt with this much time."""
    return httpx2.Timeout(seconds, connect=min(seconds, CONNECT))


def unreachable(error: httpx2.TransportError, attempts: Attempts) -> ClientError:
    """The error of a connection that failed."""
    if isinstance(error, NOT_SENT):
        return UnreachableError(f"the service cannot be reached: {error}")
    if isinstance(error, httpx2.TimeoutException):
        return attempts.late()
    if isinstance(error, MISTAKES):
        return ClientError(str(error))
    return UnreachableError(f"the connection broke: {error}", may_be_done=True)
