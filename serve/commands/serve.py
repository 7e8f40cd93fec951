"""``framelens serve``: the HTTP service."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from framelens.model import DEFAULT, FramelensError
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.jobs import (
    CallbackAllow,
    CallbackSecret,
    KeepJobs,
    TakeJobs,
    callback_settings,
    jobs_hours,
)
from framelens.serve.commands.options import DatabaseUrl, Engine, Precision

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from framelens.serve.access.exposure import Exposure
    from framelens.serve.store import Store
    from framelens.serve.swap.folder import ModelsFolder

__all__ = ["serve"]

ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?")


def serve(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder of an artefact, or the name of a shipped one; give more to serve them "
            "side by side. The first answers requests that name none.",
            metavar="PATH|NAME",
            show_default=DEFAULT,
        ),
    ] = None,
    retired: Annotated[
        list[str] | None,
        typer.Option(
            help="A model that is served no longer: whoever asks for it is told so.",
            metavar="NAME@VERSION",
        ),
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(
            help="YAML file of threshold sets, which requests may choose.", metavar="FILE"
        ),
    ] = None,
    models_folder: Annotated[
        Path | None,
        typer.Option(
            help="Lets models be loaded, compared, promoted and unloaded at /v1/models, from this "
            "folder's sub-folders by name.",
            metavar="DIR",
            show_default="models do not change",
        ),
    ] = None,
    engine: Engine = "auto",
    precision: Precision = "auto",
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; 0.0.0.0 is every one of this machine, and needs --keys."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    log: Annotated[
        Literal["text", "json"], typer.Option(help="What a line of the log is.")
    ] = "text",
    otel: Annotated[
        bool,
        typer.Option(
            "--otel",
            help="Send traces by OpenTelemetry (OTLP over HTTP); the usual OTEL_ variables of the "
            "environment say where to.",
        ),
    ] = False,
    drain: Annotated[
        float,
        typer.Option(
            help="Seconds after SIGTERM in which it goes on accepting while it says that it is "
            "not ready.",
            min=0,
        ),
    ] = 0,
    database: DatabaseUrl = None,
    keep_for_review: Annotated[
        bool,
        typer.Option("--keep-for-review", help="Keep decisions with the review mark, for people."),
    ] = False,
    keep_texts: Annotated[
        float | None,
        typer.Option(
            help="Keep the texts of feedback and of kept decisions for so many days.",
            metavar="DAYS",
            min=0.001,
            max=36500,
            show_default="no text is kept",
        ),
    ] = None,
    keys: Annotated[
        bool,
        typer.Option("--keys", help="Demand keys of the database, which `framelens keys` makes."),
    ] = False,
    page: Annotated[
        bool | None,
        typer.Option(
            "--page/--no-page",
            help="Serve the page for people at /, to everybody.",
            show_default="unless --keys",
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            help="Another origin whose pages may call, as https://example.org; * is every one.",
            metavar="ORIGIN",
            show_default="none",
        ),
    ] = None,
    jobs: TakeJobs = False,
    keep_jobs: KeepJobs = None,
    callback_secret: CallbackSecret = None,
    callback_allow: CallbackAllow = None,
) -> None:
    """Answer over HTTP until interrupted, with a page for people at /."""
    from framelens.serve import server
    from framelens.serve.models import Models

    _check_address(host, port)
    exposure = _exposure(host, keys, page, cors or ())
    if keys and database is None:
        raise FramelensError("--keys needs --database URL")
    keep_jobs = jobs_hours(jobs, keep_jobs)
    callbacks = callback_settings(jobs, callback_secret, callback_allow)
    store = _store(database, keep_for_review, keep_texts, keep_jobs)
    folder = _folder(models_folder, engine, precision)
    tracing = _tracing() if otel else None
    names = model or [DEFAULT]
    models = Models.load(names, engine, precision, thresholds=thresholds, retired=retired or ())
    server.run(
        models,
        host,
        port,
        store=store,
        exposure=exposure,
        callbacks=callbacks,
        models_folder=folder,
        tracing=tracing,
        log=log,
        drain_seconds=drain,
    )


def _tracing() -> TracerProvider:
    from framelens.serve.tracing import otlp_provider

    with needs_extra("otel"):
        return otlp_provider()


def _exposure(host: str, keys: bool, page: bool | None, cors: Sequence[str]) -> Exposure:
    from framelens.serve.access.exposure import Exposure

    if not keys and not _is_loopback(host):
        raise FramelensError(
            f"--host {host} can be reached from elsewhere, which needs --keys; "
            "without keys listen on 127.0.0.1"
        )
    for origin in cors:
        if not ORIGIN.fullmatch(origin):
            raise FramelensError(
                f"--cors {origin}: must be * or scheme, host and port in small letters, as "
                "https://example.org"
            )
    return Exposure(keys, page, tuple(cors))


def _is_loopback(host: str) -> bool:
    """Whether every address that a name has, or the address that it is, stays in this machine."""
    try:
        found = {str(address[4][0]) for address in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(address).is_loopback for address in found)


def _store(
    database: str | None, keep_for_review: bool, keep_texts: float | None, keep_jobs: float | None
) -> Store | None:
    if database is not None:
        from framelens.serve.store import Policy, Store

        return Store.open(database, Policy(keep_for_review, keep_texts, keep_jobs))
    chosen = {
        "--keep-for-review": keep_for_review,
        "--keep-texts": keep_texts is not None,
        "--jobs": keep_jobs is not None,
    }
    for option in (name for name, is_chosen in chosen.items() if is_chosen):
        raise FramelensError(f"{option} needs --database URL")
    return None


def _folder(path: Path | None, engine: str, precision: str) -> ModelsFolder | None:
    from framelens.serve.swap.folder import ModelsFolder

    return ModelsFolder(path, engine, precision) if path else None


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
