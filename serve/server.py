"""The HTTP service as a process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from functools import partial
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from framelens.model import FramingClassifier
from framelens.serve import stream
from framelens.serve.accepting import Acceptor
from framelens.serve.access.exposure import Exposure
from framelens.serve.app import create_app
from framelens.serve.connections import Connections
from framelens.serve.limits import Limits
from framelens.serve.logs import LogFormat, log_config, omit_places
from framelens.serve.models import Models
from framelens.serve.service import Service
from framelens.serve.supervision import notify

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from framelens.serve.jobs.callbacks import CallbackSettings
    from framelens.serve.store.store import Store
    from framelens.serve.swap.folder import ModelsFolder

__all__ = ["HOST", "PORT", "SETTINGS", "Server", "run", "settings"]

HOST = "127.0.0.1"
PORT = 8000

MARGIN = 2.0
"""Seconds in which the process ends by itself after its deadline."""

SWITCH_SECONDS = 0.0005
"""How long one thread computes while another waits; Python's own default is ten times that."""

TICKS = 50
"""Ticks of a tenth of a second between two signs of life."""

_logger = logging.getLogger(__name__)


def settings(limits: Limits, log: LogFormat = "text") -> dict[str, Any]:
    """How uvicorn runs the service within limits."""
    return {
        "http": Connections(limits, {stream.PATH}),
        "log_config": log_config(log),
        "server_header": False,
        "timeout_graceful_shutdown": limits.stop_seconds,
        "timeout_keep_alive": limits.idle_seconds,
        "ws": "none",
    }


SETTINGS = settings(Limits())
"""How uvicorn runs the service within the usual limits."""


class Server(uvicorn.Server):
    """uvicorn's server, which is not ready from the moment that it is told to stop.

    A supervisor is told that it is ready, alive and stopping, if it wants to know.
    It answers what it has accepted, and ends at the deadline whatever is left: threads that
    are stuck in an engine would hold the process for ever. A second signal ends it at once.

    Args:
        config: uvicorn's, of :func:`settings`; its ``timeout_graceful_shutdown`` is the deadline.
        service: what is told that it stops.
        drain_seconds: how long it goes on accepting after SIGTERM, so that whoever sends it
            requests learns in time that it is not ready.
    """

    def __init__(self, config: uvicorn.Config, service: Service, drain_seconds: float = 0) -> None:
        super().__init__(config)
        self._service = service
        self._connections = cast(Connections, config.http)
        self._drain_seconds = drain_seconds
        self._stop_at = 0.0
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self._acceptors = [
                self._acceptor(each) for server in self.servers for each in server.sockets
            ]
            notify("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to listen, and end when everything is answered."""
        for acceptor in self._acceptors:
            acceptor.close()
        await super().shutdown(sockets)

    def _acceptor(self, listening: socket.socket) -> Acceptor:
        connections, state = self._connections, self.server_state
        connection = partial(
            connections,
            config=self.config,
            server_state=state,
            app_state=self.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )
        return Acceptor(
            listening,
            connection,
            lambda: connections.has_room(len(state.connections)),
            connections.refusal,
            self.config.backlog,
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to stop."""
        if self.should_exit:
            self.force_exit = True
        else:
            self._service.is_stopping = True
            notify("STOPPING=1")
            drain = self._drain_seconds if sig == signal.SIGTERM else 0.0
            self._stop_at = monotonic() + drain
            deadline = drain + (self.config.timeout_graceful_shutdown or 0) + MARGIN
            watch = threading.Timer(deadline, _end)
            watch.daemon = True
            watch.start()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop accepting; a sign of life, unless an engine is stuck."""
        if counter % TICKS == 0 and not self._service.wedged():
            notify("WATCHDOG=1")
        is_told = await super().on_tick(counter)
        return is_told and (self.force_exit or monotonic() >= self._stop_at)


def _end() -> None:
    _logger.error("what was left to do did not end in time: the process ends without it")
    logging.shutdown()
    os._exit(1)


def run(
    served: FramingClassifier | Models,
    host: str = HOST,
    port: int = PORT,
    limits: Limits | None = None,
    store: Store | None = None,
    *,
    exposure: Exposure | None = None,
    callbacks: CallbackSettings | None = None,
    models_folder: ModelsFolder | None = None,
    tracing: TracerProvider | None = None,
    log: LogFormat = "text",
    drain_seconds: float = 0,
) -> None:
    """Serve a classifier, or several models, until the process is asked to stop.

    Raises:
        StoreError: keys are demanded, and the database with them cannot be read.
        SystemExit: nobody can listen there.
    """
    limits = limits or Limits()
    app = create_app(
        served,
        limits,
        store,
        exposure=exposure,
        callbacks=callbacks,
        models_folder=models_folder,
        tracing=tracing,
    )
    config = uvicorn.Config(app, host=host, port=port, **settings(limits, log))
    # Else engines wait so long for the event loop, where it has much to do, that they idle.
    sys.setswitchinterval(SWITCH_SECONDS)
    omit_places()
    server = Server(config, app.state.service, drain_seconds)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)
