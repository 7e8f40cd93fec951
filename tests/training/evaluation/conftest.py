"""What the tests of evaluation share: a scheme, predictions by hand, a model of no size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import DEFAULT, Artefact, FramingClassifier, Scheme
from framelens.model.engines.base import Ids, Logits
from framelens.training.evaluation import Predictions


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    """Three labels, four leaves: two leaves fold into the last label."""
    return Scheme.from_dict(
        {
            "name": "weather",
            "labels": {"sunny": {}, "rainy": {}, "said": {}},
            "leaves": {
                "sun": {"label": "sunny"},
                "rain": {"label": "rainy"},
                "said_sun": {"label": "said", "frame": "sun"},
                "said_rain": {"label": "said", "frame": "rain"},
            },
        }
    )


@pytest.fixture(scope="session")
def build(scheme: Scheme) -> Callable[..., Predictions]:
    """Predictions whose sentences have given true and predicted leaves, surely predicted."""

    def predictions(
        true: Sequence[int],
        predicted: Sequence[int],
        documents: Sequence[int] | None = None,
        **fields: object,
    ) -> Predictions:
        values = {
            "scheme": scheme,
            "leaf_logits": 5.0 * np.eye(4)[list(predicted)],
            "temperature": 1.0,
            "leaf_labels": np.array(true),
            "documents": np.array(range(len(true)) if documents is None else documents),
            "kinds": ["news"] * len(true),
            "texts": [f"Sentence {index}." for index in range(len(true))],
            "votes": [()] * len(true),
        }
        return Predictions(**(values | fields))

    return predictions


class HashEngine:
    """Logits from token ids and their window's mean, so that context counts for something."""

    name = "hash"
    precision = "f64"
    streams = 1

    def __init__(self, leaves: int) -> None:
        self._table = np.random.default_rng(5).normal(size=(40_000, leaves))

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """See :class:`framelens.model.engines.base.Engine`."""
        logits, weights = self._table[ids], mask[..., np.newaxis]
        mean = (logits * weights).sum(axis=1, keepdims=True)
        return np.asarray(logits + mean / weights.sum(axis=1, keepdims=True))


@pytest.fixture(scope="session")
def classifier() -> FramingClassifier:
    """The shipped tokenizer and scheme, with an engine that computes the same everywhere."""
    artefact = Artefact.load(DEFAULT)
    return FramingClassifier(artefact, HashEngine(len(artefact.scheme.leaves)))


@pytest.fixture
def document(classifier: FramingClassifier) -> Callable[..., LabelledDocument]:
    """A document of a sentence a line; None in place of a leaf leaves a sentence unlabelled."""
    names = classifier.artefact.scheme.leaf_names

    def make(*pairs: tuple[str, int | None], **metadata: str) -> LabelledDocument:
        sentences, begin = [], 0
        for text, leaf in pairs:
            if leaf is not None:
                sentences.append(LabelledSentence(begin, begin + len(text), names[leaf]))
            begin += len(text) + 1
        text = "\n".join(text for text, _ in pairs)
        return LabelledDocument("one", text, tuple(sentences), metadata)

    return make
