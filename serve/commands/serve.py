"""``framelens serve``: the HTTP service."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from framelens.model import DEFAULT, FramelensError, FramingClassifier
from framelens.serve.commands.options import Engine, Model, Precision

__all__ = ["serve"]


def serve(
    model: Model = DEFAULT,
    engine: Engine = "auto",
    precision: Precision = "auto",
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 is every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Answer over HTTP until interrupted, with a page for people at /."""
    from framelens.serve import server

    _check_address(host, port)
    server.run(FramingClassifier.load(model, engine, precision), host, port)


def _check_address(host: str, port: int) -> None:
    """Find out before the model is loaded that nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            # As uvicorn's own socket, so that a restart need not wait for old connections.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise FramelensError(f"cannot listen on {host} port {port}: {error.strerror}") from error
