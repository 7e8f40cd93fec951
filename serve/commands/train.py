"""``framelens train``: labelled documents in, an artefact out."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from framelens.serve.commands.extras import needs_extra

__all__ = ["give_flags", "make_train", "settings_flags"]

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Settings in YAML; flags override them.")
]


def make_train() -> Callable[..., None]:
    """The command, with a flag for each field of the training settings."""
    from framelens.training.settings import read_settings

    def train(settings: Path | None = None, **flags: Any) -> None:
        given = {name: value for name, value in flags.items() if value not in (None, [])}
        chosen = read_settings(settings, given)
        with needs_extra("train"):
            from framelens.training.fine_tuning import train as fine_tune
            from framelens.training.processes import is_first_process, leave_processes
        console = Console(stderr=True, quiet=not is_first_process())
        console.print(f"wrote {fine_tune(chosen, console)}")
        leave_processes()

    train.__doc__ = "Train a model on labelled files and write it as an artefact."
    give_flags(train, settings_flags())
    return train


def settings_flags() -> dict[str, Any]:
    """The options ``--settings`` and one for each training setting, None where not given."""
    from framelens.training.settings import TrainSettings, field_help

    help_texts = field_help(TrainSettings)
    kinds = typing.get_type_hints(TrainSettings)
    return {"settings": SettingsFile} | {
        field.name: _flag(field, kinds[field.name], help_texts[field.name])
        for field in dataclasses.fields(TrainSettings)
    }


def give_flags(command: Callable[..., None], flags: Mapping[str, Any], **defaults: Any) -> None:
    """Let a command that takes any keywords have these options, None where not given."""
    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=flag
        )
        for name, flag in flags.items()
    ]
    # Typer reads a command's flags off its signature.
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = dict(flags)


def _flag(field: dataclasses.Field[Any], kind: Any, help_text: str) -> Any:
    """An option that is None where it is not given, so that it can stand above a file."""
    has_default = field.default is not dataclasses.MISSING and field.default not in ("", None)
    shown = str(field.default) if has_default else False
    return Annotated[kind | None, typer.Option(help=help_text, show_default=shown)]
