"""A training run: what it is made of, and the folders it works in."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers.trainer_utils import get_last_checkpoint

from framelens.data import (
    Corpus,
    LabelledDocument,
    SideSwaps,
    read_corpus,
    read_swaps,
    split_by_document,
    summarise,
    without_leaks,
)
from framelens.data.leaks import leak_keys
from framelens.model import DEFAULT, Scheme, find_artefact
from framelens.training.provenance import corpus_facts, provenance
from framelens.training.settings import SettingsError, TrainSettings

__all__ = ["Run", "read_run", "read_tests"]

MADE_OF = "run.json"


@dataclass(frozen=True)
class Run:
    """A training run: its settings, its data, and the folders it works in."""

    settings: TrainSettings
    scheme: Scheme
    fitting: Corpus
    held_out: Corpus
    tests: Mapping[str, Corpus]
    swaps: SideSwaps
    console: Console

    @property
    def draft(self) -> Path:
        """Where the artefact comes to be; renamed to the output when it is complete."""
        return _beside(self.settings.output, ".draft")

    @property
    def checkpoints(self) -> Path:
        """Where the state after each epoch is kept until the run ends."""
        return _beside(self.settings.output, ".checkpoints")

    @functools.cached_property
    def kept_out(self) -> set[str]:
        """The keys of sentences that no task may learn from."""
        return leak_keys([*self.held_out, *chain.from_iterable(self.tests.values())])

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """Provenance of the model."""
        return provenance(self.settings, self.scheme) | {
            "train": corpus_facts(self.fitting, self.scheme),
            "held_out": corpus_facts(self.held_out, self.scheme),
        }

    @contextlib.contextmanager
    def folders(self) -> Iterator[None]:
        """Make the folders it works in, for this run alone; of one that fails epochs stay.

        Raises:
            SettingsError: another run has the same output, or this one goes on from one with
                other settings or data.
        """
        self.draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.draft.mkdir()
        except FileExistsError as error:
            raise _taken(self.draft) from error
        try:
            self._remember()
            yield
        except BaseException:
            shutil.rmtree(self.draft, ignore_errors=True)
            if not _has_epoch(self.checkpoints):
                shutil.rmtree(self.checkpoints, ignore_errors=True)
            raise
        shutil.rmtree(self.checkpoints)

    def _remember(self) -> None:
        """Note what the run is made of; one that is resumed must be made of the same things."""
        path = self.checkpoints / MADE_OF
        made_of = {name: self.facts[name] for name in ("settings", "files", "train", "held_out")}
        if self.settings.resume and json.loads(path.read_text(encoding="utf-8")) != made_of:
            raise SettingsError(
                f"resume: the interrupted run had other settings or data; {path} holds them"
            )
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made_of, indent=2), encoding="utf-8")


def read_run(settings: TrainSettings, console: Console) -> Run:
    """Check the settings and read the documents to fit, those held out, and the test files.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong.
    """
    _check(settings)
    scheme = Scheme.from_file(settings.scheme or find_artefact(DEFAULT) / "scheme.yaml")
    corpus = read_corpus(settings.data, scheme, settings.texts)
    tests = read_tests(settings.test, scheme, settings.texts)
    corpus, leaks = without_leaks(corpus, list(chain.from_iterable(tests.values())))
    fitting, held_out = split_by_document(
        corpus, settings.held_out, settings.seed, _drawn_from(settings.held_out_from)
    )
    fitting, twice = without_leaks(fitting, held_out)
    for name, part in {"train": fitting, "held out": held_out, **tests}.items():
        counts = summarise(part, scheme)
        console.print(f"{name}: {counts.documents} documents, {counts.sentences} sentences")
    if leaks:
        console.print(f"{leaks} sentences dropped that also stand in the test files")
    if twice:
        console.print(f"{twice} sentences dropped that also stand in the held-out part")
    swaps = read_swaps(settings.swaps) if settings.swaps else SideSwaps()
    return Run(settings, scheme, fitting, held_out, tests, swaps, console)


def read_tests(
    paths: Sequence[Path], scheme: Scheme, texts: Path | None = None
) -> dict[str, Corpus]:
    """Test files by their names without suffix, each to be measured for itself.

    Raises:
        SettingsError: two files have the same name.
        DataError: a file is not sound.
    """
    tests: dict[str, Corpus] = {}
    for path in paths:
        if path.stem in tests:
            raise SettingsError(f"{path}: another test file is called {path.stem!r} too")
        tests[path.stem] = read_corpus([path], scheme, texts)
    return tests


def _drawn_from(condition: str) -> Callable[[LabelledDocument], bool]:
    key, _, value = condition.partition("=")
    return lambda document: not condition or document.metadata.get(key) == value


def _check(settings: TrainSettings) -> None:
    if not settings.output.name:
        raise SettingsError(f"output: {str(settings.output)!r} is no name for a new folder")
    if settings.output.exists():
        raise SettingsError(f"output: {settings.output} exists; name a new folder or remove it")
    draft = _beside(settings.output, ".draft")
    if draft.exists():
        raise _taken(draft)
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device: torch sees no GPU; use 'cpu' or 'auto'")
    checkpoints = _beside(settings.output, ".checkpoints")
    if settings.resume and not _has_epoch(checkpoints):
        raise SettingsError(f"resume: there is no finished epoch in {checkpoints}")
    if not settings.resume and _has_epoch(checkpoints):
        raise SettingsError(
            f"output: an interrupted run left {checkpoints}; go on with --resume, or remove it"
        )


def _taken(draft: Path) -> SettingsError:
    return SettingsError(
        f"output: {draft} exists: another run works in it, or was killed and left it; if none "
        "does, remove it and start again, with --resume where an epoch was finished"
    )


def _has_epoch(checkpoints: Path) -> bool:
    return checkpoints.exists() and get_last_checkpoint(str(checkpoints)) is not None


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)
