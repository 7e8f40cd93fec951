"""What a model says of labelled sentences, and of which."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import (
    EngineError,
    FramingClassifier,
    InputError,
    Scheme,
    SchemeError,
)
from framelens.model.engines.base import Ids, Logits
from framelens.training.evaluation import Predictions, predict
from framelens.training.evaluation.predictions import likeliest_leaves

Make = Callable[..., LabelledDocument]
NOTHING = "\ufffd"
"""A character that the tokenizer drops."""


def test_sentences_are_read_in_their_whole_document(classifier: FramingClassifier, document: Make):
    excerpt = document(("It rained.", None), ("He said so.", 3), ("We won.", None), ("Yes.", 0))
    scored = predict(classifier, [excerpt])
    whole = classifier.sentence_logits([["It rained.", "He said so.", "We won.", "Yes."]])[0]
    alone = classifier.sentence_logits([["He said so."]])[0]
    np.testing.assert_array_equal(scored.leaf_logits, whole[[1, 3]])
    assert not np.allclose(scored.leaf_logits[0], alone[0])


def test_everything_stays_beside_its_sentence(classifier: FramingClassifier, document: Make):
    names = classifier.artefact.scheme.leaf_names
    first = document(("One.", 2), ("Two.", 1), kind="news")
    votes = (names[1], names[0])
    voted = replace(first.sentences[1], votes=votes)
    corpus = [replace(first, sentences=(first.sentences[0], voted)), document(("Three.", 0))]
    scored = predict(classifier, corpus)
    assert scored.texts == ["One.", "Two.", "Three."]
    assert scored.leaf_labels.tolist() == [2, 1, 0]
    assert scored.documents.tolist() == [0, 0, 1]
    assert scored.kinds == ["news", "news", "unnamed"]
    assert scored.votes == [(), (1, 0), ()]
    assert scored.unread == 0
    assert scored.temperature == classifier.artefact.manifest.temperature
    assert scored.review_below == classifier.artefact.manifest.review_below


def test_what_the_model_cannot_read_is_left_out_and_counted(
    classifier: FramingClassifier, document: Make
):
    corpus = [
        document((NOTHING, 0), ("One.", 1), (NOTHING, None)),
        document((NOTHING, 2), ("Context.", None)),
        document(("Two.", 3)),
    ]
    scored = predict(classifier, corpus)
    assert scored.texts == ["One.", "Two."]
    assert scored.documents.tolist() == [0, 2]
    assert scored.unread == 2
    np.testing.assert_array_equal(
        scored.leaf_logits[0], classifier.sentence_logits([["One."]])[0][0]
    )


def test_nothing_to_read_is_an_error(classifier: FramingClassifier, document: Make):
    with pytest.raises(InputError, match="no labelled sentence"):
        predict(classifier, [document((NOTHING, 0), ("Context.", None))])


def test_unknown_label_is_an_error(classifier: FramingClassifier):
    foreign = LabelledDocument("one", "Yes.", (LabelledSentence(0, 4, "foreign"),))
    with pytest.raises(SchemeError, match="unknown label 'foreign'"):
        predict(classifier, [foreign])


class BrokenEngine:
    """Gives numbers that are none."""

    name = precision = "broken"
    streams = 1

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """See :class:`framelens.model.engines.base.Engine`."""
        return np.full((*ids.shape, 6), np.nan)


def test_scores_that_are_no_numbers_are_an_error(classifier: FramingClassifier, document: Make):
    broken = FramingClassifier(classifier.artefact, BrokenEngine())
    with pytest.raises(EngineError, match="no finite score"):
        predict(broken, [document(("Yes.", 0))])


def test_answers_are_those_of_the_classifier(classifier: FramingClassifier, document: Make):
    corpus = [document((str(number), 0)) for number in range(200)]
    scored = predict(classifier, corpus)
    scheme = classifier.artefact.scheme
    answers = [classifier.classify(item.text).sentences[0] for item in corpus]
    labels = [scheme.label_names[label] for label in scored.predicted_labels]
    assert labels == [answer.label for answer in answers]
    np.testing.assert_allclose(
        scored.label_probabilities.max(axis=1), [answer.confidence for answer in answers]
    )
    frames = [scheme.leaves[leaf].frame for leaf in scored.predicted_leaves]
    assert frames == [answer.frame and answer.frame.label for answer in answers]
    assert len(set(labels)) == len(scheme.labels)


def test_the_leaf_stands_inside_the_likeliest_label(scheme: Scheme):
    # The first leaf is the likeliest of all, but the last two are likelier together.
    assert likeliest_leaves(np.array([[0.4, 0.0, 0.25, 0.35]]), scheme).tolist() == [3]


def test_temperature_scales_the_logits(build: Callable[..., Predictions]):
    logits = np.log([[0.1, 0.2, 0.3, 0.4]])
    plain = build([0], [0], leaf_logits=logits)
    warm = build([0], [0], leaf_logits=2 * logits, temperature=2.0)
    np.testing.assert_allclose(plain.label_probabilities, [[0.1, 0.2, 0.7]])
    np.testing.assert_allclose(warm.label_probabilities, plain.label_probabilities)
    assert plain.labels.tolist() == [0]
    assert plain.predicted_leaves.tolist() == [3]
    assert plain.predicted_labels.tolist() == [2]
