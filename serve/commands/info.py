"""``framelens info``: what a model is, and what would run it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framelens.model import DEFAULT, FramingClassifier
from framelens.serve.commands.options import Engine, Model, Precision

__all__ = ["info"]


def info(
    model: Model = DEFAULT,
    engine: Engine = "auto",
    precision: Precision = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what a model is, and what would run it here."""
    content = _describe(FramingClassifier.load(model, engine, precision))
    if as_json:
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(_table(content))


def _describe(classifier: FramingClassifier) -> dict[str, Any]:
    """The fields of a model in /v1/info, and what only matters on this machine."""
    artefact, engine = classifier.artefact, classifier.engine
    manifest = artefact.manifest
    return {
        "version": version("framelens"),
        "model": {
            "name": manifest.name,
            "version": manifest.version,
            "sha256": manifest.sha256,
            "weights_sha256": manifest.weights_sha256,
            "calibration": manifest.calibration,
            "path": str(artefact.folder.resolve()),
            "window": manifest.window,
            "overlap": manifest.overlap,
            "temperature": manifest.temperature,
            "review_below": manifest.review_below,
            "profile": manifest.profile and asdict(manifest.profile),
            "provenance": manifest.provenance,
        },
        "scheme": asdict(artefact.scheme),
        "engine": {"name": engine.name, "precision": engine.precision},
    }


def _table(content: Mapping[str, Any]) -> Table:
    model, scheme, engine = content["model"], content["scheme"], content["engine"]
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name in ("name", "version", "sha256", "path", "window", "overlap", "temperature"):
        table.add_row(name, Text(str(model[name])))
    if model["review_below"] is not None:
        table.add_row("review below", str(model["review_below"]))
    table.add_row("engine", f"{engine['name']} in {engine['precision']}")
    kind = ", any number of labels a sentence" if scheme["multi_label"] else ""
    table.add_row("scheme", Text(f"{scheme['name']}, version {scheme['version']}{kind}"))
    for label in scheme["labels"]:
        table.add_row(f"  {label['name']}", Text(label["definition"]))
    for name, value in model["provenance"].items():
        table.add_row(Text(name), Text(_brief(value), no_wrap=True, overflow="ellipsis"))
    return table


def _brief(value: Any) -> str:
    """A value for one line, of which a narrow terminal shows the beginning."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_brief(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " ".join(map(_brief, value))
    return str(value)
