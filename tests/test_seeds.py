"""What people wrote by hand: enough of it, and all of it sound."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from framelens.data import Swap, check_corpora, read_corpus, read_swaps
from framelens.data.filled_sheets import read_sheets
from framelens.data.swaps import ADJECTIVE
from framelens.model import Scheme

SEEDS = Path(__file__).parents[1] / "seeds"
DOCUMENTS = sorted((SEEDS / "documents").glob("*.jsonl"))
ANNOTATIONS = sorted((SEEDS / "annotations").glob("*.jsonl"))
REAL_SIDES = {
    "Israel",
    "Palestinians",
    "Hamas",
    "Russia",
    "Ukraine",
    "United States",
    "Iran",
    "China",
    "North Korea",
    "South Korea",
    "Republicans",
    "Democrats",
}
SWAPS = read_swaps(SEEDS / "side_swaps.yaml")
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


def test_the_sheets_are_of_the_seed_documents():
    filled = read_sheets(sorted((SEEDS / "sheets").glob("*.csv")), SCHEME)
    known = {document.id: document for document in read_corpus(DOCUMENTS, SCHEME)}
    assert (filled.rows, len(filled.unsettled)) == (12, 2)
    for document in filled.corpus:
        text = " ".join(known[document.id].text.split())
        assert all(document.text_of(sentence) in text for sentence in document.sentences)


def test_every_leaf_has_a_definition_and_examples():
    for leaf in SCHEME.leaves:
        assert leaf.definition
        assert leaf.examples
    assert all(label.definition for label in SCHEME.labels)


def test_sides_can_be_swapped_and_each_has_an_invented_one():
    partners: dict[str, set[str]] = {}
    for swap in SWAPS.tested:
        for one, other in permutations(side.name for side in swap.sides):
            partners.setdefault(one, set()).add(other)
    invented = {name for name, others in partners.items() if name not in REAL_SIDES}
    assert partners.keys() >= REAL_SIDES
    assert all(partners[name] & invented for name in REAL_SIDES)


@pytest.mark.parametrize("swap", SWAPS.tested + SWAPS.trained, ids=lambda swap: swap.name)
def test_swapping_twice_gives_every_first_form_back(swap: Swap):
    first, second = (side.forms for side in swap.sides)
    for role in first.keys() & second.keys():
        noun = " officials" if role == ADJECTIVE else ""
        text = f"Well, {first[role][0]}{noun} and again {second[role][0]}{noun}."
        swapped = swap.apply(text)
        assert len(swapped.edits) == 2
        assert swap.apply(swapped.text).text == text


def test_the_palestinian_authority_is_no_side():
    swap = next(swap for swap in SWAPS.tested if swap.name == "Israel / Palestinians")
    text = "A Palestinian Authority official met an Israeli official."
    assert swap.apply(text).text == "A Palestinian Authority official met a Palestinian official."


def test_no_invented_side_is_both_tested_and_trained():
    tested, trained = (
        {side.name for swap in swaps for side in swap.sides}
        for swaps in (SWAPS.tested, SWAPS.trained)
    )
    assert tested & trained == REAL_SIDES


def test_invented_sides_stand_in_no_document():
    documents = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    for swap in SWAPS.tested + SWAPS.trained:
        for side in swap.sides:
            if side.name not in REAL_SIDES:
                forms = [form for forms in side.forms.values() for form in forms]
                assert [form for form in forms if re.search(rf"\b{form}\b", documents)] == []


@pytest.mark.parametrize(
    "text",
    [
        "TRUST US",
        "the Democratic People's Republic of Laos",
        "The Iraqi Republican Guard fled.",
        "the Islamic Republic of Afghanistan",
        "the Islamic Republic of Pakistan",
        "the Christian Democrats of Germany",
    ],
)
def test_names_that_only_look_like_a_side_stay(text: str):
    for swap in SWAPS.tested + SWAPS.trained:
        assert swap.apply(text).text == text, swap.name
