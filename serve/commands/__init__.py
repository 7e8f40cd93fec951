"""The command line: one command a file, registered here."""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from framelens.model import FramelensError
from framelens.serve.commands import (
    card,
    compare,
    data,
    evaluate,
    export,
    feedback,
    info,
    init,
    keys,
    learn_curve,
    openapi,
    push,
    report,
    score,
    serve,
    store,
    suggest,
    sweep,
    train,
    verify,
)

__all__ = ["app", "main"]


class _Commands(TyperGroup):
    """Commands that answer what a user got wrong with a message and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # The reader went away, as `head` does: Typer ends without a word.
        except FramelensError as error:
            message = str(error)
        except OSError as error:
            message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        typer.echo(f"framelens: error: {message}", err=True)
        raise typer.Exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"framelens {version('framelens')}")
        raise typer.Exit


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def framelens(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Label every sentence of a text by how it frames what it says."""


app.command("score")(score.score)
app.command("report")(report.report)
app.command("info")(info.info)
app.command("serve")(serve.serve)
app.command("verify")(verify.verify)
app.command("openapi")(openapi.openapi)
app.command("init")(init.init)
app.command("train")(train.make_train())
app.command("learn-curve")(learn_curve.make_learn_curve())
app.command("suggest")(suggest.suggest)
app.command("sweep")(sweep.sweep)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("card")(card.card)
app.command("export")(export.export)
app.command("push")(push.push)
app.add_typer(data.app, name="data")
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")
app.add_typer(store.app, name="store")


def main() -> None:
    """Run the command that the process's arguments name."""
    # What is piped is UTF-8 whatever the terminal's language, and a file name need not be.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app(prog_name="framelens")
