"""A folder to train in: documents, a scheme and settings, with comments for who reads them."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from framelens.data import write_documents
from framelens.data.intake import Findings, Intake
from framelens.training.advice import Advice
from framelens.training.settings import SettingsError, TrainSettings, field_help

__all__ = ["write_project"]

SCHEME_COMMENT = """\
The labels as they were found, the most frequent first. Say what each of them means: the
definitions stand in the service's answer about the model, and annotators need them.
Labels may also fold: see docs/training.md for leaves."""

SETTINGS_COMMENT = """\
Settings of a training run: framelens train --settings {path}
Paths are relative to the folder in which it runs; framelens train --help lists all settings."""

OFTEN_CHANGED = ("base", "epochs", "learning_rate", "batch_size", "held_out", "seed")
"""Settings that stand in the file as comments, with their defaults."""

WIDTH = 92


def write_project(
    folder: Path, intake: Intake, findings: Findings, advice: Sequence[Advice]
) -> None:
    """Write ``documents.jsonl``, ``scheme.yaml`` and ``train.yaml`` into a new folder.

    Where rows were left out, ``skipped.txt`` names them.

    Raises:
        SettingsError: the folder exists.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise SettingsError(f"--out: {folder} exists; name a new folder or remove it") from error
    write_documents(folder / "documents.jsonl", intake.corpus)
    _write(folder / "scheme.yaml", _scheme_lines(intake, findings))
    _write(folder / "train.yaml", _settings_lines(folder, advice))
    if intake.problems:
        _write(folder / "skipped.txt", map(str, intake.problems))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _scheme_lines(intake: Intake, findings: Findings) -> Iterator[str]:
    scheme = intake.scheme
    yield from _comment(SCHEME_COMMENT)
    given = scheme.to_dict()
    if any(label.definition for label in scheme.labels) or scheme.label_names != scheme.leaf_names:
        yield yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=100).rstrip()
        return
    yield f"name: {_scalar(scheme.name)}"
    yield f"version: {_scalar(scheme.version)}"
    if scheme.multi_label:
        yield "# A sentence may have any number of these labels, or none."
        yield "multi_label: true"
    yield "labels:"
    for name in scheme.label_names:
        yield f"  {_scalar(name)}:  # {findings.summary.leaves[name]:,} sentences"
        yield '    definition: ""'


def _settings_lines(folder: Path, advice: Sequence[Advice]) -> Iterator[str]:
    yield from _comment(SETTINGS_COMMENT.format(path=folder / "train.yaml"))
    files = {"scheme": folder / "scheme.yaml", "output": folder / "model"}
    data = {"data": [str(folder / "documents.jsonl")]}
    yield yaml.safe_dump(data, default_flow_style=None, allow_unicode=True, width=10_000).rstrip()
    for name, path in files.items():
        yield f"{name}: {_scalar(str(path))}"
    yield f"name: {_scalar(folder.resolve().name)}"
    yield "version: 0.1.0"
    chosen: dict[str, Any] = {}
    for each in advice:
        if each.settings:
            yield ""
            yield from _comment(str(each))
            yield from _values(each.settings)
            chosen |= each.settings
    yield ""
    yield from _comment("What else is often changed, with its default:")
    yield from _defaults(chosen)


def _defaults(chosen: Mapping[str, Any]) -> Iterator[str]:
    texts = field_help(TrainSettings)
    for setting in dataclasses.fields(TrainSettings):
        if setting.name in OFTEN_CHANGED and setting.name not in chosen:
            yield "#"
            yield from _comment(texts[setting.name])
            yield from (f"# {line}" for line in _values({setting.name: setting.default}))


def _values(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        yield f"{name}: {_scalar(value) if isinstance(value, str) else json.dumps(value)}"


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False):
            yield f"# {line}"


def _scalar(text: str) -> str:
    """A text as YAML has it on one line, in quotation marks only where it needs them."""
    if "\n" in text:
        return json.dumps(text, ensure_ascii=False)
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).split("\n")[0]
