"""What people wrote by hand: enough of it, and all of it sound."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from framelens.data import check_corpora, read_corpus
from framelens.model import Scheme

SEEDS = Path(__file__).parents[1] / "seeds"
DOCUMENTS = sorted((SEEDS / "documents").glob("*.jsonl"))
ANNOTATIONS = sorted((SEEDS / "annotations").glob("*.jsonl"))
SCHEME = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")


def test_the_documents_have_no_problem():
    assert check_corpora(DOCUMENTS, SCHEME) == []


def test_there_are_enough_documents_to_train_on():
    corpus = read_corpus(DOCUMENTS, SCHEME)
    leaves = Counter(sentence.label for document in corpus for sentence in document.sentences)
    assert len(corpus) >= 80
    assert leaves.total() >= 1000
    assert set(leaves) == set(SCHEME.leaf_names)
    assert min(leaves.values()) >= 80


def test_no_sentence_stands_in_two_documents():
    corpus = read_corpus(DOCUMENTS, SCHEME)
    sentences = Counter(
        document.text_of(sentence) for document in corpus for sentence in document.sentences
    )
    assert [text for text, count in sentences.items() if count > 1] == []


@pytest.mark.parametrize("path", ANNOTATIONS, ids=lambda path: path.stem)
def test_annotations_are_spans_and_codes_without_text(path: Path):
    documents = {"corpus", "doc_id", "sha256", "kind", "selected", "sentences"}
    sentences = {"start", "end", "code", "votes", "doubtful"}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        assert set(record) == documents
        assert all(set(sentence) <= sentences for sentence in record["sentences"])


def test_every_leaf_has_a_definition_and_examples():
    for leaf in SCHEME.leaves:
        assert leaf.definition
        assert leaf.examples
    assert all(label.definition for label in SCHEME.labels)
