"""Distillation: a teacher's answers, for a student to learn beside the labels."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from framelens.data import Corpus, LabelledDocument
from framelens.data.leaks import has_any
from framelens.model import FramingClassifier
from framelens.training.adaptation import read_unlabelled
from framelens.training.run import Run
from framelens.training.settings import SettingsError

__all__ = ["load_teacher", "unlabelled_corpus"]


def load_teacher(folder: Path, run: Run) -> FramingClassifier:
    """The artefact whose answers a run learns from.

    A student with fewer layers that learns them loses little (Hinton et al. 2015, arXiv
    1503.02531).

    Raises:
        SettingsError: it has other leaves or another kind of scheme, or may have learnt the run's
            held-out part.
        ArtefactError: there is no such artefact, or it is incomplete or changed.
    """
    teacher = FramingClassifier.load(folder)
    if teacher.artefact.scheme.leaf_names != run.scheme.leaf_names:
        raise SettingsError(f"teacher: the leaves of {folder} are not those of the scheme")
    if teacher.artefact.scheme.multi_label != run.scheme.multi_label:
        raise SettingsError(f"teacher: of {folder} and the scheme only one is multi-label")
    held_out = teacher.artefact.manifest.provenance.get("held_out", {}).get("sha256")
    if held_out != run.facts["held_out"]["sha256"]:
        raise SettingsError(
            f"teacher: {folder} may have learnt the held-out sentences: train both with the same "
            "data, test, held_out, held_out_from and seed"
        )
    return teacher


def unlabelled_corpus(path: Path, kept_out: Collection[str] = ()) -> Corpus:
    """The texts of a Parquet file's column ``text`` as documents without a label.

    Args:
        path: the file.
        kept_out: :func:`leak_keys` of sentences; a text with one of them is left out.

    Raises:
        DataError: the file is no Parquet file, or has no such column of texts.
    """
    return [
        LabelledDocument(f"{path.name}:{row}", text, ())
        for row, text in enumerate(read_unlabelled(path), 1)
        if not has_any(text, kept_out)
    ]
