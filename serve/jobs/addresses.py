"""Which addresses a callback may go to: those that everybody can reach, and no others."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

__all__ = ["is_public", "resolve"]

SECONDS = 5.0

# What Python takes for public: clouds keep there what only their machines may know (the first two),
# or nobody answers.
OTHERS = [ip_network(each) for each in ("168.63.129.16/32", "192.0.0.0/24", "3fff::/20")]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet.

    Not so are loopback, private, shared, link-local, multicast, reserved and documentation
    addresses, those of cloud metadata, and IPv6 addresses that stand for such an IPv4 one.
    """
    if isinstance(address, IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is not None:
            return is_public(inside)
        if address.is_site_local:
            return False
    is_special = address.is_multicast or address.is_reserved
    return address.is_global and not is_special and not any(address in each for each in OTHERS)


async def resolve(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    """The addresses of a host, the best first; none if there are none, or not in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return []
    # A zone, as in fe80::1%eth0, is of a link that no callback may go to.
    return list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
