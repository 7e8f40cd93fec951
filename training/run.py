"""A training run: what it is made of, and the folders it works in."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers.trainer_utils import get_last_checkpoint

from framelens.data import Corpus, SideSwaps, read_swaps, sentences_in_context, summarise
from framelens.data.leaks import leak_keys
from framelens.model import Artefact, Scheme, read_scheme
from framelens.model.artefact import file_sha256
from framelens.training.arguments import takes_bf16
from framelens.training.base import base_artefact, learnt_files
from framelens.training.method import Method, choose_method, cross_validates
from framelens.training.overview import base_in_words, parts_table, split_in_words
from framelens.training.parts import HELD_OUT, read_parts
from framelens.training.processes import is_first_process, process_count
from framelens.training.provenance import corpus_facts, provenance
from framelens.training.settings import Context, SettingsError, TrainSettings
from framelens.training.tracking import choose_tracking

__all__ = ["Run", "has_finished_epoch", "read_run", "remove_draft"]

MADE_OF = "run.json"


@dataclass(frozen=True)
class Run:
    """A training run: its settings, its data, and the folders it works in.

    Where all that is learnt from is held out in turn, ``held_out`` is empty.
    """

    settings: TrainSettings
    method: Method
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
        """The keys of sentences that no task may learn from but by their labels."""
        held_out = self.held_out or self.fitting
        return leak_keys([*held_out, *chain.from_iterable(self.tests.values())])

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
        made_of["processes"] = process_count()
        if self.settings.resume and json.loads(path.read_text(encoding="utf-8")) != made_of:
            raise SettingsError(
                f"resume: the interrupted run had other settings, data or processes; {path} "
                "holds them"
            )
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made_of, indent=2), encoding="utf-8")


def read_run(settings: TrainSettings, console: Console) -> Run:
    """Check the settings and read the documents to fit, those held out, and the test files.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong.
    """
    _check(settings)
    if is_first_process():
        _check_folders(settings)
    scheme = read_scheme(settings.scheme)
    parts = read_parts(settings, scheme)
    settings = replace(settings, context=_context(settings, parts.whole))
    method, reason = choose_method(settings, parts.whole, scheme)
    if method != "fine-tune" and process_count() > 1:
        raise SettingsError(f"method: {method} is fitted by one process, found {process_count()}")
    if cross_validates(settings, method):
        parts = replace(parts, fitting=parts.whole, held_out=[])
    elif not parts.held_out:
        raise SettingsError("data: nothing is left to hold out but repetitions")
    if settings.soft_labels and not summarise(parts.fitting, scheme).voted:
        raise SettingsError(
            "soft_labels: no sentence to train on has votes of several annotators; see 'votes' and "
            "'annotator' in docs/data.md"
        )
    console.print(f"method: {method}, {reason}")
    console.print(split_in_words(settings), markup=False)
    shown = {"train": parts.fitting, "held out": parts.held_out, **parts.tests}
    console.print(parts_table({name: each for name, each in shown.items() if each}, scheme))
    for place, count in parts.dropped.items():
        if count and (place != HELD_OUT or parts.held_out):
            console.print(f"{count} sentences dropped that also stand in the {place}")
    swaps = read_swaps(settings.swaps) if settings.swaps else SideSwaps()
    run = Run(settings, method, scheme, parts.fitting, parts.held_out, parts.tests, swaps, console)
    artefact = base_artefact(settings.base)
    console.print(base_in_words(settings, artefact), markup=False)
    if artefact:
        _check_base(run, artefact)
    return run


def _context(settings: TrainSettings, corpus: Corpus) -> Context:
    """What the windows hold, where the settings leave it open."""
    if settings.context != "auto":
        return settings.context
    alone = all(len(sentences_in_context(document)) == 1 for document in corpus)
    return "sentence" if alone else "document"


def _check(settings: TrainSettings) -> None:
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device: torch sees no GPU; use 'cpu' or 'auto'")
    takes_bf16(settings)
    choose_tracking(settings)


def _check_folders(settings: TrainSettings) -> None:
    if not settings.output.name:
        raise SettingsError(f"output: {str(settings.output)!r} is no name for a new folder")
    if settings.output.exists():
        raise SettingsError(f"output: {settings.output} exists; name a new folder or remove it")
    draft = _beside(settings.output, ".draft")
    if draft.exists():
        raise _taken(draft)
    checkpoints = _beside(settings.output, ".checkpoints")
    if settings.resume and not _has_epoch(checkpoints):
        raise SettingsError(f"resume: there is no finished epoch in {checkpoints}")
    if not settings.resume and _has_epoch(checkpoints):
        raise SettingsError(
            f"output: an interrupted run left {checkpoints}; go on with --resume, or remove it"
        )


def _check_base(run: Run, artefact: Artefact) -> None:
    """An artefact to start from must not have learnt what the run keeps out."""
    learnt = learnt_files(artefact)
    known = [path.name for path in run.settings.test if file_sha256(path) in learnt]
    if known:
        raise SettingsError(
            f"base: {run.settings.base} has learnt from {', '.join(known)}, which is to test it: "
            "use another base"
        )
    known = [path.name for path in run.settings.data if file_sha256(path) in learnt]
    theirs = artefact.manifest.provenance.get("held_out", {}).get("sha256")
    same = run.held_out and theirs == run.facts["held_out"]["sha256"]
    if known and not same:
        raise SettingsError(
            f"base: {run.settings.base} has learnt from {', '.join(known)} and may know the "
            "held-out part: use the same data, split, held_out and seed as it did, or another base"
        )


def _taken(draft: Path) -> SettingsError:
    return SettingsError(
        f"output: {draft} exists: another run works in it, or was killed and left it; if none "
        "does, remove it and start again, with --resume where an epoch was finished"
    )


def has_finished_epoch(output: Path) -> bool:
    """Whether a run with this output was interrupted that can be resumed."""
    return _has_epoch(_beside(output, ".checkpoints"))


def remove_draft(output: Path) -> None:
    """Remove what a run with this output left that was killed; no other may work there now."""
    shutil.rmtree(_beside(output, ".draft"), ignore_errors=True)


def _has_epoch(checkpoints: Path) -> bool:
    return checkpoints.exists() and get_last_checkpoint(str(checkpoints)) is not None


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)
