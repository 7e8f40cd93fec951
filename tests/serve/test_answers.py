"""Answers as JSON."""

from __future__ import annotations

import pytest

from framelens.model import DocumentResult, FramingClassifier
from framelens.serve.answers import DocumentAnswer, json_pieces

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
    for result in results:
        assert "".join(json_pieces(result)) == DocumentAnswer.of(result).model_dump_json()
