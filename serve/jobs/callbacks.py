"""Callbacks: where they may go, and how one is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import httpx2

from framelens.serve.jobs.addresses import is_public, resolve

__all__ = ["CallbackError", "CallbackSettings", "callback_client", "send"]

SECONDS = 15.0
"""For a whole attempt, whatever the receiver does."""

CONNECT_SECONDS = 5.0

PORTS = {"http": 80, "https": 443}


class CallbackError(Exception):
    """A callback that may not be sent, or cannot; the message says why."""


@dataclass(frozen=True)
class CallbackSettings:
    """What a deployment allows.

    Without ``secrets`` there are no callbacks. The hosts of ``allowed``, in lower case, may have
    private addresses and be called without TLS.
    """

    secrets: tuple[bytes, ...] = ()
    allowed: frozenset[str] = frozenset()

    def check(self, url: str) -> httpx2.URL:
        """The address that a client has given.

        Raises:
            CallbackError: it is none that is ever called.
        """
        if not self.secrets:
            raise CallbackError("the deployment has no secret to sign callbacks with")
        try:
            parsed = httpx2.URL(url)
        except httpx2.InvalidURL:
            raise CallbackError("must be a URL") from None
        if not 0 < (parsed.port or PORTS["https"]) < 2**16:
            raise CallbackError("must have a port from 1 to 65535, or none")
        if parsed.scheme != "https" and not self._is_allowed(parsed, "http"):
            raise CallbackError("must be an https URL")
        if not parsed.host or parsed.userinfo or parsed.fragment:
            raise CallbackError("must have a host, and no user, password or fragment")
        return parsed

    async def addresses(self, url: httpx2.URL) -> list[IPv4Address | IPv6Address]:
        """The addresses of a checked URL's host.

        Raises:
            CallbackError: it has none, or one that callbacks may not go to. The message does not
                say which: names of the inner network are nobody's business.
        """
        found = await resolve(_host(url), url.port or PORTS[url.scheme])
        if not found or not (self._is_allowed(url) or all(map(is_public, found))):
            raise CallbackError("the host must have addresses, and only public ones")
        return found

    def _is_allowed(self, url: httpx2.URL, scheme: str | None = None) -> bool:
        return _host(url) in self.allowed and scheme in (None, url.scheme)


def _host(url: httpx2.URL) -> str:
    """The host as it is resolved: in lower case, and in ASCII."""
    return url.raw_host.decode("ascii").lower()


def callback_client() -> httpx2.AsyncClient:
    """A client that goes nowhere but where it is told: no proxy, no redirect, no cookie.

    It keeps no connection, because two hosts may share an address, and not a certificate.
    """
    return httpx2.AsyncClient(
        trust_env=False,
        timeout=httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_keepalive_connections=0),
    )


async def send(
    client: httpx2.AsyncClient,
    settings: CallbackSettings,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    """Make one attempt; the status of the response, whose body is not read.

    The host is resolved once, and the connection goes to an address that was checked, so that a
    name cannot change its meaning between the two.

    Raises:
        CallbackError: the host may not be called any more, or is not reached in time.
    """
    target = settings.check(url)
    try:
        async with asyncio.timeout(SECONDS):
            for address in await settings.addresses(target):
                try:
                    return await _send_to(client, target, address, headers, body)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
    except TimeoutError:
        raise CallbackError(f"no answer within {SECONDS:g} seconds") from None
    except httpx2.HTTPError as error:
        raise CallbackError(f"{type(error).__name__} in the exchange") from None
    raise CallbackError("no address of the host could be connected to")


async def _send_to(
    client: httpx2.AsyncClient,
    target: httpx2.URL,
    address: IPv4Address | IPv6Address,
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    request = client.build_request(
        "POST",
        target.copy_with(host=str(address)),
        headers={**headers, "host": target.netloc.decode()},
        content=body,
        # The certificate must be the host's, whatever the address.
        extensions={"sni_hostname": _host(target)},
    )
    response = await client.send(request, stream=True)
    await response.aclose()
    return response.status_code
