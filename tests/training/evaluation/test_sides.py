"""Whether labels depend on who is named, with an engine that looks at one name only."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from framelens.data import LabelledDocument, Swap
from framelens.data.swaps import Side
from framelens.model import EngineError, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.training.evaluation import evaluate, sides
from framelens.training.evaluation.sides import Sides, measure_sides

Make = Callable[..., LabelledDocument]
FOXES = Side("Foxes", {"people": ("Foxes",)})
HENS = Side("Hens", {"people": ("Hens",)})
CROWS = Side("Crows", {"people": ("Crows",)})
SWAP = Swap((FOXES, HENS))
PARTIAL, NEUTRAL = 0, 2
"""The leaf of sentences that name foxes, and of all others."""


class FoxEngine:
    """Finds the first leaf wherever foxes are named."""

    name = "fox"
    precision = "f64"
    streams = 1

    def __init__(self, fox: int, leaves: int) -> None:
        self._fox, self._leaves = fox, leaves

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """See :class:`framelens.model.engines.base.Engine`."""
        logits = np.zeros((*ids.shape, self._leaves))
        logits[..., NEUTRAL] = 5.0
        logits[ids == self._fox, PARTIAL] = 90.0
        return logits


@pytest.fixture(scope="session")
def partial(classifier: FramingClassifier) -> FramingClassifier:
    """A classifier that thinks highly of foxes."""
    manifest = replace(classifier.artefact.manifest, temperature=1.0)
    artefact = replace(classifier.artefact, manifest=manifest)
    (tokens,) = classifier.tokenizer(["Foxes"])
    (fox,) = tokens
    return FramingClassifier(artefact, FoxEngine(fox, len(artefact.scheme.leaves)))


@pytest.fixture
def found(partial: FramingClassifier, document: Make) -> Sides:
    """Six documents in which four of five sentences name a side; in one they name both."""
    texts = ["Foxes won.", "It rained.", "Hens won.", "Foxes beat Hens.", "Hens left."]
    corpus = [document(*[(text, None) for text in texts], ("Yes.", 0)) for _ in range(6)]
    return measure_sides(partial, corpus, [SWAP, Swap((CROWS, HENS)), Swap((CROWS, FOXES))])


def test_sentences_that_name_a_side_are_compared(found: Sides):
    first = found.pairs[0]
    assert first.sides == ("Foxes", "Hens")
    assert (first.effect.documents, first.effect.sentences) == (6, 24)
    assert first.effect.flips.value == first.effect.flips.low == first.effect.flips.high == 0.75
    assert first.effect.change.value == pytest.approx(0.75, abs=0.05)
    # Neither of the others swaps a sentence without its own sides.
    assert [pair.effect.sentences for pair in found.pairs] == [24, 18, 12]
    assert [pair.effect.flips.value for pair in found.pairs] == [0.75, 0.0, 1.0]


def test_all_pairs_are_summed_up_by_the_label_before(found: Sides, partial: FramingClassifier):
    names = partial.artefact.scheme.label_names
    assert list(found.labels) == list(names)
    assert found.effect.sentences == 54
    assert found.effect.flips.value == pytest.approx((18 + 0 + 12) / 54)
    counts = [effect.sentences for effect in found.labels.values()]
    assert counts == [12 + 6 + 12, 0, 12 + 12, 0]
    assert np.isnan(found.labels[names[1]].flips.value)


def test_the_side_named_first_makes_the_difference(found: Sides):
    foxes_hens, crows_hens, crows_foxes = (pair.labels for pair in found.pairs)
    assert [each.difference.value for each in foxes_hens] == [0.75, 0.0, -0.75, 0.0]
    assert [each.excludes_zero for each in foxes_hens] == [True, False, True, False]
    # Crows and hens are alike to it: without any flip there is no interval.
    assert all(np.isnan(each.difference.low) for each in crows_hens)
    assert np.isnan(found.pairs[1].effect.flips.high)
    assert not any(each.excludes_zero for each in crows_hens)
    assert crows_foxes[0].difference.value == -1.0


def test_a_few_documents_have_no_interval(partial: FramingClassifier, document: Make):
    corpus = [document(("Foxes won.", 0))] * 4
    (pair,) = measure_sides(partial, corpus, [SWAP]).pairs
    assert pair.labels[0].difference.value == pair.effect.flips.value == 1.0
    assert np.isnan([pair.labels[0].difference.low, pair.effect.flips.low]).all()
    assert not pair.labels[0].excludes_zero


def test_names_are_swapped_in_the_whole_document(classifier: FramingClassifier, document: Make):
    texts = ["Foxes met Hens.", "They ate.", "Hens paid."]
    corpus = [document(*[(text, 0) for text in texts])]
    swapped = ["Hens met Foxes.", "They ate.", "Foxes paid."]
    before, after = (
        classifier.classify("\n".join(sentences)).sentences for sentences in (texts, swapped)
    )
    change = [abs(before[row].confidence - after[row].scores[before[row].label]) for row in (0, 2)]
    found = measure_sides(classifier, corpus, [SWAP])
    assert found.effect.change.value == pytest.approx(np.mean(change), abs=1e-6)


def test_long_documents_are_read_around_their_labels(
    partial: FramingClassifier, document: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sides, "SENTENCES_AROUND", 4)
    around = [("Foxes ran.", None)] * 9
    corpus = [document(*around, ("Yes.", 0), ("Hens ran.", 0), *around)]
    assert measure_sides(partial, corpus, [SWAP]).effect.sentences == 3
    excerpt = [("Foxes ran.", 0)] * 9
    assert measure_sides(partial, [document(*excerpt)], [SWAP]).effect.sentences == 9


def test_nobody_named_is_told(partial: FramingClassifier, document: Make):
    corpus = [document(("It rained.", 2)), document(("\ufffd", 0))]
    found = measure_sides(partial, corpus, [SWAP])
    assert (found.effect.documents, found.effect.sentences, found.pairs) == (0, 0, ())
    assert np.isnan(found.effect.flips.value)


def test_a_score_that_is_not_finite_is_an_error(classifier: FramingClassifier, document: Make):
    class Broken(FoxEngine):
        def infer(self, ids: Ids, mask: Ids) -> Logits:
            return np.full_like(super().infer(ids, mask), np.nan)

    broken = FramingClassifier(
        classifier.artefact, Broken(0, len(classifier.artefact.scheme.leaves))
    )
    with pytest.raises(EngineError, match="no finite score"):
        measure_sides(broken, [document(("Foxes won.", 0))], [SWAP])


def test_sides_are_part_of_an_evaluation_where_asked_for(
    partial: FramingClassifier, document: Make
):
    corpus = [document(("Foxes won.", 0), ("It rained.", 2))]
    assert evaluate(partial, corpus).to_dict()["sides"] is None
    content = evaluate(partial, corpus, swaps=[SWAP]).to_dict()["sides"]
    assert content["effect"]["flips"] == {"value": 1.0, "low": None, "high": None}
    assert content["pairs"][0]["sides"] == ["Foxes", "Hens"]
    assert content["pairs"][0]["labels"][0]["excludes_zero"] is False
