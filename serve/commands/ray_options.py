"""Options of ``--engine ray``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeAlias

import typer

from framelens.model import InputError
from framelens.serve.bulk.ray_cluster import RayOptions, parse_actors

__all__ = [
    "RayActors",
    "RayAddress",
    "RayCPUs",
    "RayGPUs",
    "RayMemory",
    "RayTimeout",
    "ray_options",
]

PANEL = "With --engine ray"

RayAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="RAY_ADDRESS",
        help="Cluster to score on; auto is the one that this machine is a node of.",
        metavar="HOST:PORT|auto",
        show_default="this machine alone",
        rich_help_panel=PANEL,
    ),
]
RayActors: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="How many actors, each with a model: always so many, or from the least to the most, "
        "as there is work.",
        metavar="NUMBER|LEAST:MOST",
        show_default="from 1 to as many as there is room for",
        rich_help_panel=PANEL,
    ),
]
RayCPUs: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Cores of an actor.",
        min=1,
        show_default="2, or 1 where no node has two",
        rich_help_panel=PANEL,
    ),
]
RayGPUs: TypeAlias = Annotated[
    float,
    typer.Option(help="GPUs of an actor; 0.5 lets two share one.", min=0, rich_help_panel=PANEL),
]
RayMemory: TypeAlias = Annotated[
    float,
    typer.Option(
        help="Memory that an actor takes of its node, in GiB.",
        min=0.1,
        # Of more bytes Ray's numbers run over.
        max=500_000,
        rich_help_panel=PANEL,
    ),
]
RayTimeout: TypeAlias = Annotated[
    float,
    typer.Option(
        help="Seconds without any result after which it is given up, as where no actor fits.",
        min=1,
        rich_help_panel=PANEL,
    ),
]


def ray_options(context: typer.Context) -> RayOptions | None:
    """What the options of a command say; None where another engine scores.

    Raises:
        InputError: an option is wrong, or given for another engine.
    """
    own = {name: value for name, value in context.params.items() if name.startswith("ray_")}
    if context.params["engine"] != "ray":
        _refuse(context, own)
        return None
    actors = own["ray_actors"]
    least, most = parse_actors(actors) if actors is not None else (1, None)
    return RayOptions(
        address=own["ray_address"] or None,
        least=least,
        most=most,
        cpus=own["ray_cpus"],
        gpus=own["ray_gpus"],
        memory=int(own["ray_memory"] * 2**30),
        patience=own["ray_timeout"],
    )


def _refuse(context: typer.Context, names: Iterable[str]) -> None:
    for name in names:
        source = context.get_parameter_source(name)
        # The address may stand in the environment for other programs.
        if source is not None and source.name == "COMMANDLINE":
            raise InputError(f"--{name.replace('_', '-')}: only with --engine ray")
