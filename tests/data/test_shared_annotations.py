"""The annotations that the project was given, where its texts are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.data import check_corpora, read_corpus, summarise
from framelens.model.scheme import Scheme

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
ANNOTATIONS = SHARED / "annotations"
TEXTS = SHARED / "corpora"

pytestmark = pytest.mark.skipif(
    not (ANNOTATIONS.is_dir() and TEXTS.is_dir()),
    reason=f"the annotated texts are not at hand: they are looked for in {SHARED}",
)


@pytest.fixture
def framing() -> Scheme:
    return Scheme.from_file(ROOT / "seeds" / "schemes" / "framing.yaml")


def test_the_test_set(framing: Scheme):
    corpus = read_corpus([ANNOTATIONS / "test.jsonl"], framing, TEXTS)
    summary = summarise(corpus, framing)
    assert (summary.documents, summary.sentences) == (108, 899)
    assert list(summary.leaves.values()) == [36, 38, 554, 31, 10, 230]
    assert {document.metadata["selected"] for document in corpus} == {"random"}
    assert all(len(sentence.votes) >= 2 for document in corpus for sentence in document.sentences)


def test_nothing_is_wrong_but_four_leaks(framing: Scheme):
    problems = check_corpora(
        [ANNOTATIONS / "train.jsonl"], framing, TEXTS, [ANNOTATIONS / "test.jsonl"]
    )
    assert len(problems) == 4
    assert all("the sentence stands also in the test file" in str(problem) for problem in problems)
