"""Answers as JSON."""

from __future__ import annotations

import pytest

from framelens.model import DocumentResult, FramingClassifier
from framelens.serve.answers import DocumentAnswer, SentenceAnswer, json_pieces
from framelens.serve.thresholds import LabelThresholds, ThresholdSet

STRANGE = 'no "sentences":[] in here'


@pytest.fixture(scope="module")
def results() -> list[DocumentResult]:
    classifier = FramingClassifier.load()
    (result,) = classifier.classify(["We won. She said that it rained."], evidence=True)
    sentences = result.sentences
    return [
        result,
        DocumentResult(STRANGE, sentences),
        DocumentResult(STRANGE, sentences[:1]),
        DocumentResult(STRANGE, error=STRANGE),
    ]


def test_pieces_are_the_whole(results: list[DocumentResult]):
    labels = dict.fromkeys(results[0].sentences[0].scores, LabelThresholds(act=0.9, review=0.2))
    thresholds = ThresholdSet("policy", "1", labels)
    for result in results:
        whole = DocumentAnswer.of(result, thresholds).model_dump_json()
        document = DocumentAnswer.without_sentences(result)
        sentences = (SentenceAnswer.of(each, thresholds) for each in result.sentences)
        assert "".join(json_pieces(document, sentences)) == whole
