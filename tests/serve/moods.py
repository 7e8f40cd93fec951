"""A model of several labels a sentence, over a network that is a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from framelens.model import Artefact, FramingClassifier, Scheme
from framelens.model.engines.base import Ids, Logits

NAMES = ("angry", "sad", "proud")
MOODS = Scheme.from_dict(
    {
        "name": "moods",
        "multi_label": True,
        "labels": dict.fromkeys(NAMES),
        "leaves": {name: {"label": name, "code": name[0]} for name in NAMES},
    }
)


class TableEngine:
    """Gives every token id its own logits whatever stands around it."""

    name = "table"
    precision = "f32"
    streams = 1

    def __init__(self) -> None:
        self.table = np.random.default_rng(7).normal(scale=6, size=(40_000, len(NAMES)))

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Look every id up."""
        return np.asarray(self.table[ids])

    infer_apart = infer


def moods_classifier() -> FramingClassifier:
    """The shipped tokenizer under a scheme of several labels, with a canary of its own."""
    artefact = Artefact.load("framing")
    manifest = replace(artefact.manifest, temperature=1.0, review_below=0.8, profile=None)
    found = FramingClassifier(Artefact(artefact.folder, manifest, MOODS), TableEngine())
    (sentence, *_) = found.classify(manifest.canary.text).sentences
    canary = replace(manifest.canary, scores=dict(sentence.scores))
    sealed = Artefact(artefact.folder, replace(manifest, canary=canary), MOODS)
    return FramingClassifier(sealed, TableEngine())
