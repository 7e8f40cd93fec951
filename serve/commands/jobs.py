"""What ``framelens serve`` is told of jobs and their callbacks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from framelens.model import FramelensError

if TYPE_CHECKING:
    from framelens.serve.jobs import CallbackSettings

__all__ = [
    "CallbackAllow",
    "CallbackSecret",
    "KeepJobs",
    "TakeJobs",
    "callback_settings",
    "jobs_hours",
]

SECRET = "FRAMELENS_CALLBACK_SECRET"  # noqa: S105
"""The environment variable that may hold what the file does. No argument does: others see those."""

HOURS = 24.0

TakeJobs: TypeAlias = Annotated[
    bool,
    typer.Option("--jobs", help="Take jobs, whose texts are stored until they have ended."),
]
KeepJobs: TypeAlias = Annotated[
    float | None,
    typer.Option(
        help="Keep the results of jobs for so many hours; a job that takes longer fails.",
        metavar="HOURS",
        min=0.001,
        max=876000,
        show_default=f"{HOURS:g}",
    ),
]
CallbackSecret: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help=f"File with the secrets that sign callbacks, whsec_…, one a line; or {SECRET} holds "
        "them.",
        metavar="FILE",
        show_default="none, there are no callbacks",
    ),
]
CallbackAllow: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="A host of callbacks that may have private addresses, and be called without TLS.",
        metavar="HOST",
    ),
]


def jobs_hours(jobs: bool, hours: float | None) -> float | None:
    """How long results are kept, or None where no jobs are taken.

    Raises:
        FramelensError: hours are given, and jobs are not taken.
    """
    if hours is not None and not jobs:
        raise FramelensError("--keep-jobs needs --jobs")
    return (hours or HOURS) if jobs else None


def callback_settings(
    jobs: bool, file: Path | None, allowed: Iterable[str] | None
) -> CallbackSettings | None:
    """The settings of callbacks, their secrets from the file or the environment; none without jobs.

    Raises:
        FramelensError: they are given, and jobs are not taken; or a secret is none.
    """
    hosts = frozenset(host.lower() for host in allowed or ())
    for option, given in (("--callback-secret", file), ("--callback-allow", hosts)):
        if given and not jobs:
            raise FramelensError(f"{option} needs --jobs")
    if not jobs:
        return None
    from framelens.serve.jobs import CallbackSettings
    from framelens.serve.jobs.signing import read_secrets

    for host in hosts:
        if "/" in host or (":" in host and not host.startswith("[")):
            raise FramelensError(f"--callback-allow: {host!r} must be a host, without port or path")
    secrets: tuple[bytes, ...] = ()
    if file is not None:
        secrets = read_secrets(file.read_text(encoding="utf-8"), str(file))
    elif os.environ.get(SECRET):
        secrets = read_secrets(os.environ[SECRET], SECRET)
    return CallbackSettings(secrets, frozenset(host.strip("[]") for host in hosts))
