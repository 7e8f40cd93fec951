"""``framelens train``: labelled documents in, an artefact out."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from framelens.serve.commands.extras import needs_extra

__all__ = ["make_train"]

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Settings in YAML; flags go before them.")
]


def make_train() -> Callable[..., None]:
    """The command, with a flag for each field of the training settings."""
    from framelens.training.settings import TrainSettings, field_help, read_settings

    def train(settings: Path | None = None, **flags: Any) -> None:
        given = {name: value for name, value in flags.items() if value not in (None, [])}
        chosen = read_settings(settings, given)
        with needs_extra("train"):
            from framelens.training.fine_tuning import train as fine_tune
        console = Console(stderr=True)
        console.print(f"wrote {fine_tune(chosen, console)}")

    train.__doc__ = "Fine-tune a model on labelled files and write it as an artefact."
    help_texts = field_help(TrainSettings)
    kinds = typing.get_type_hints(TrainSettings)
    parameters = [_parameter("settings", SettingsFile)] + [
        _parameter(field.name, _flag(field, kinds[field.name], help_texts[field.name]))
        for field in dataclasses.fields(TrainSettings)
    ]
    # Typer reads a command's flags off its signature.
    vars(train)["__signature__"] = inspect.Signature(parameters)
    train.__annotations__ = {each.name: each.annotation for each in parameters}
    return train


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _flag(field: dataclasses.Field[Any], kind: Any, help_text: str) -> Any:
    """An option that is None where it is not given, so that it can stand above a file."""
    has_default = field.default is not dataclasses.MISSING and field.default not in ("", None)
    shown = str(field.default) if has_default else False
    if kind is bool:
        name = f"--{field.name.replace('_', '-')}"
        return Annotated[bool | None, typer.Option(name, help=help_text)]
    return Annotated[kind | None, typer.Option(help=help_text, show_default=shown)]
