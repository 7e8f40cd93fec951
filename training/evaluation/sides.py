"""Whether labels depend on who is named: the same sentences with their sides swapped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, LabelledDocument, Swap, sentences_in_context
from framelens.data.swaps import SwappedText
from framelens.model import FramingClassifier, Span
from framelens.model.multi_label import given
from framelens.training.evaluation.metrics import FEWEST_DOCUMENTS, Estimate, document_means
from framelens.training.evaluation.scoring import document_probabilities

__all__ = ["NamedFirst", "SidePair", "Sides", "SwapEffect", "measure_sides"]

Floats = npt.NDArray[np.floating[Any]]
Rows = npt.NDArray[np.void]

SENTENCES_AROUND = 60


def _row(labels: int) -> np.dtype[np.void]:
    """A swapped sentence: its document, the side named first, its labels before and after the swap.

    ``change`` is the absolute change of the calibrated probability of the label before, and, where
    there may be several labels, the largest change of any.
    """
    return np.dtype(
        [
            ("document", np.int64),
            ("first", np.int64),
            ("before", np.bool_, (labels,)),
            ("after", np.bool_, (labels,)),
            ("change", np.float64),
        ]
    )


@dataclass(frozen=True, slots=True)
class SwapEffect:
    """What swapping does to some sentences, each in its document before and after.

    ``sentences`` counts them, once for each pair of sides that was swapped in them.
    ``flips`` is the share whose public label changes, ``change`` the mean absolute change of
    the calibrated probability of the label before. Both are NaN where there is no sentence.

    Here and in :class:`NamedFirst`, intervals are NaN where they would say nothing of other
    documents: over fewer than five, or where the figure is zero in all, as without any flip.
    """

    documents: int
    sentences: int
    flips: Estimate
    change: Estimate


@dataclass(frozen=True, slots=True)
class NamedFirst:
    """How much more often sentences get a label when the first side is the first one named.

    Each sentence stands on both sides of the difference: once as it was written, once
    swapped. ``excludes_zero`` is whether there is an interval and zero is outside.
    """

    label: str
    difference: Estimate
    excludes_zero: bool


@dataclass(frozen=True, slots=True)
class SidePair:
    """What swapping two sides does; ``labels`` are the differences of each public label."""

    sides: tuple[str, str]
    effect: SwapEffect
    labels: tuple[NamedFirst, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """What swapping sides does, over all pairs, by the label before, and by pair.

    Only pairs that change a sentence are here.
    """

    effect: SwapEffect
    labels: dict[str, SwapEffect]
    pairs: tuple[SidePair, ...]

    @property
    def differences(self) -> list[tuple[SidePair, NamedFirst]]:
        """The differences of every pair that have an interval."""
        return [
            (pair, each)
            for pair in self.pairs
            for each in pair.labels
            if not math.isnan(each.difference.low)
        ]


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """Consecutive sentences of a document, as a text and the spans in it."""

    text: str
    spans: tuple[Span, ...]

    def sentences(self) -> list[str]:
        return [self.text[begin:end] for begin, end in self.spans]

    def swapped(self, swap: Swap) -> SwappedText:
        return swap.apply(self.text, [offset for span in self.spans for offset in span])


def measure_sides(classifier: FramingClassifier, corpus: Corpus, swaps: Sequence[Swap]) -> Sides:
    """Swap sides in every document and compare what the model says of the sentences changed.

    Sentences need no label. Of a long document only an excerpt is swapped and read: the
    labelled sentences with as many around them, evenly on both sides, as make up about sixty.

    Args:
        classifier: the model.
        corpus: documents that the model should not have seen.
        swaps: the pairs of sides, each swapped by itself.

    Raises:
        EngineError: the engine gave no finite score.
    """
    excerpts = [excerpt for document in corpus if (excerpt := _excerpt(document, classifier)).spans]
    texts = [excerpt.sentences() for excerpt in excerpts]
    before = list(document_probabilities(classifier, texts))
    labels = classifier.artefact.scheme.label_names
    compared = {swap: _compare(classifier, swap, excerpts, before) for swap in swaps}
    every = np.concatenate([np.empty(0, _row(len(labels))), *compared.values()])
    return Sides(
        effect=_effect(every),
        labels={
            label: _effect(every[every["before"][:, position]])
            for position, label in enumerate(labels)
        },
        pairs=tuple(
            SidePair(
                (swap.sides[0].name, swap.sides[1].name), _effect(rows), _named_first(rows, labels)
            )
            for swap, rows in compared.items()
            if len(rows)
        ),
    )


def _excerpt(document: LabelledDocument, classifier: FramingClassifier) -> _Excerpt:
    """The labelled sentences of a document and those around them that the model reads."""
    sentences = sentences_in_context(document)
    labelled = [row for row, (_, sentence) in enumerate(sentences) if sentence]
    margin = max(0, SENTENCES_AROUND - (labelled[-1] + 1 - labelled[0])) // 2
    chosen = [
        span for span, _ in sentences[max(0, labelled[0] - margin) : labelled[-1] + 1 + margin]
    ]
    start, stop = chosen[0][0], chosen[-1][1]
    readable = classifier.readable([document.text[begin:end] for begin, end in chosen])
    spans = tuple((begin - start, end - start) for begin, end in compress(chosen, readable))
    return _Excerpt(document.text[start:stop], spans)


def _compare(
    classifier: FramingClassifier,
    swap: Swap,
    excerpts: Sequence[_Excerpt],
    before: Sequence[Floats],
) -> Rows:
    """The sentences that a swap changes."""
    swapped = [excerpt.swapped(swap) for excerpt in excerpts]
    changed = [position for position, result in enumerate(swapped) if result.edits]
    texts = (
        [swapped[position].text_of(*span) for span in excerpts[position].spans]
        for position in changed
    )
    after = document_probabilities(classifier, texts)
    scheme = classifier.artefact.scheme
    rows = [
        (position, edits[0].side, *_change(old, new, scheme.multi_label))
        for position, probabilities in zip(changed, after, strict=True)
        for span, old, new in zip(
            excerpts[position].spans, before[position], probabilities, strict=True
        )
        if (edits := swapped[position].within(*span))
    ]
    return np.array(rows, dtype=_row(len(scheme.labels)))


def _change(
    before: Floats, after: Floats, multi_label: bool
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], float]:
    """A sentence's labels, and how far probabilities move."""
    if multi_label:
        return given(before), given(after), float(np.abs(after - before).max())
    label, labels = before.argmax(), np.arange(len(before))
    change = float(abs(after[label] - before[label]))
    return labels == label, labels == after.argmax(), change


def _effect(rows: Rows) -> SwapEffect:
    flipped = (rows["before"] != rows["after"]).any(axis=1)
    values = np.stack([flipped, rows["change"]], axis=1)
    flips, change = _estimates(values, rows["document"])
    return SwapEffect(len(np.unique(rows["document"])), len(rows), flips, change)


def _named_first(rows: Rows, labels: Sequence[str]) -> tuple[NamedFirst, ...]:
    before, after = rows["before"], rows["after"]
    # What was named second is named first after the swap.
    signs = np.where(rows["first"] == 0, 1, -1)[:, np.newaxis]
    differences = _estimates(signs * (before.astype(np.int64) - after), rows["document"])
    return tuple(
        NamedFirst(label, each, each.low > 0 or each.high < 0)
        for label, each in zip(labels, differences, strict=True)
    )


def _estimates(values: Floats, documents: npt.NDArray[Any]) -> list[Estimate]:
    """The mean of each figure, with an interval where it says something of other documents."""
    enough = len(np.unique(documents)) >= FEWEST_DOCUMENTS
    return [
        mean if enough and (mean.low, mean.high) != (0, 0) else Estimate(mean.value, np.nan, np.nan)
        for mean in document_means(values, documents)
    ]
