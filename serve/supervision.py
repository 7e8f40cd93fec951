"""Word to systemd: the service is ready, still alive, or stopping (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Literal

__all__ = ["State", "notify"]

State = Literal["READY=1", "WATCHDOG=1", "STOPPING=1"]


def notify(state: State) -> None:
    """Tell the supervisor, if there is one that wants to know.

    One that does not listen is left alone: it will act by itself.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # What begins with @ is an abstract socket, which has no file.
    name = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(state.encode(), name)
