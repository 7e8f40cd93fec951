"""Accepts every connection that has come, where uvloop takes one each time it looks.

libuv accepts once in a turn of its event loop (https://github.com/libuv/libuv/pull/3696). Where a
turn takes long, since there is much to do, connections would wait for seconds, and those that
the system has no place for, for minutes.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress

__all__ = ["Acceptor"]

READ = 65_536
"""Bytes of a request that is refused."""


class Acceptor:
    """Accepts beside a server that listens at the same socket.

    Args:
        listening: the server's socket.
        connection: makes the protocol of a connection.
        has_room: whether there may be one more.
        refusal: what a request is answered where there may not.
        most: connections in a turn.
    """

    def __init__(
        self,
        listening: socket.socket,
        connection: Callable[[], asyncio.Protocol],
        has_room: Callable[[], bool],
        refusal: Callable[[], bytes],
        most: int,
    ) -> None:
        self._socket = socket.socket(fileno=os.dup(listening.fileno()))
        self._socket.setblocking(False)
        self._connection = connection
        self._has_room = has_room
        self._refusal = refusal
        self._most = most
        self._beginning: set[asyncio.Task[object]] = set()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._accept_all)

    def close(self) -> None:
        """Accept no more."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _accept_all(self) -> None:
        for _ in range(self._most):
            try:
                accepted, _ = self._socket.accept()
            except OSError:  # no more have come, or one has gone again
                return
            if self._has_room() or not self._refuse(accepted):
                self._begin(accepted)

    def _begin(self, accepted: socket.socket) -> None:
        connecting = self._loop.connect_accepted_socket(self._connection, accepted)
        task = self._loop.create_task(connecting)
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    def _refuse(self, accepted: socket.socket) -> bool:
        """Answer a request at once, if it is there, without a connection of its own.

        To close before it is read would reset the connection, and the answer with it.
        """
        accepted.setblocking(False)
        with suppress(OSError):
            if accepted.recv(READ):
                accepted.send(self._refusal())
                accepted.close()
                return True
        return False
