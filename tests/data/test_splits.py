"""Splits hold whole documents out, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framelens.data import (
    Corpus,
    LabelledDocument,
    metadata_value,
    split_as_given,
    split_by_document,
    split_by_time,
)
from framelens.model.errors import FramelensError


@pytest.fixture
def corpus(document: Callable[..., LabelledDocument]) -> Corpus:
    """Forty documents of one to three sentences, every other one drawn at random."""
    return [
        document(
            str(number),
            *[(f"Sun {number} {line}", "sunny") for line in range(1 + number % 3)],
            selected="random" if number % 2 else "unsure",
        )
        for number in range(40)
    ]


def _sentences(corpus: Corpus) -> int:
    return sum(len(document.sentences) for document in corpus)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
def test_the_fraction_counts_sentences(corpus: Corpus, fraction: float):
    train, held = split_by_document(corpus, fraction, seed=0)
    assert abs(_sentences(held) - fraction * _sentences(corpus)) <= 1
    assert [document for document in corpus if document in train] == train
    assert [document for document in corpus if document not in train] == held


def test_the_seed_decides_and_the_order_does_not(corpus: Corpus):
    _, held = split_by_document(corpus, 0.3, seed=1)
    assert split_by_document(corpus, 0.3, seed=1)[1] == held
    assert split_by_document(corpus[::-1], 0.3, seed=1)[1] == held[::-1]
    assert split_by_document(corpus, 0.3, seed=2)[1] != held


def test_only_some_documents_may_be_held_out(corpus: Corpus):
    def drawn_at_random(document: LabelledDocument) -> bool:
        return document.metadata["selected"] == "random"

    train, held = split_by_document(corpus, 0.5, seed=0, among=drawn_at_random)
    assert all(map(drawn_at_random, held))
    assert any(map(drawn_at_random, train))
    assert abs(_sentences(held) - _sentences(list(filter(drawn_at_random, corpus))) / 2) <= 1


def test_the_same_text_goes_together(document: Callable[..., LabelledDocument]):
    corpus = [document(str(number), (f"Sun {number % 5}", "sunny")) for number in range(20)]
    train, held = split_by_document(corpus, 0.4, seed=0)
    assert not {document.text for document in train} & {document.text for document in held}
    assert len(held) == 8
    _, held = split_by_document(corpus, 0.4, seed=0, among=lambda document: document.id != "7")
    assert "Sun 2" not in {document.text for document in held}


def test_at_least_one_document_is_held_out(document: Callable[..., LabelledDocument]):
    short = document("b", ("Sun", "sunny"))
    long = document("a", *[(f"Rain {number}", "rainy") for number in range(9)])
    assert split_by_document([long, short], 0.01, seed=0) == ([long], [short])


@pytest.mark.parametrize("fraction", [-0.1, 0, 1, 1.5, float("nan")])
def test_a_fraction_must_leave_both_parts(corpus: Corpus, fraction: float):
    with pytest.raises(
        FramelensError, match=f"hold out {fraction}: use a fraction between 0 and 1"
    ):
        split_by_document(corpus, fraction, seed=0)


def test_nothing_to_hold_out(corpus: Corpus):
    with pytest.raises(FramelensError, match="none of the 40 documents may be held out"):
        split_by_document(corpus, 0.1, seed=0, among=lambda document: False)
    with pytest.raises(FramelensError, match="none of the 0 documents may be held out"):
        split_by_document([], 0.1, seed=0)


def test_nothing_left_to_train_on(document: Callable[..., LabelledDocument]):
    twins = [document(name, ("Sun", "sunny")) for name in "ab"]
    message = "holding out 10% of the sentences leaves no document to train on: the corpus has 1 "
    with pytest.raises(FramelensError, match=message):
        split_by_document(twins, 0.1, seed=0)


def test_a_group_is_never_divided(document: Callable[..., LabelledDocument]):
    corpus = [
        document(str(number), (f"Sun {number}", "sunny"), outlet=f"outlet {number % 10}")
        for number in range(40)
    ]

    def outlet(each: LabelledDocument) -> str:
        return metadata_value(each, "outlet")

    train, held = split_by_document(corpus, 0.2, seed=0, group=outlet)
    assert len(held) == 8
    assert len({*map(outlet, held)}) == 2
    assert not {*map(outlet, held)} & {*map(outlet, train)}
    assert split_by_document(corpus[::-1], 0.2, seed=0, group=outlet)[1] == held[::-1]
    with pytest.raises(FramelensError, match="have no 'site' to split by; it has 'outlet'"):
        split_by_document(corpus, 0.2, seed=0, group=lambda each: metadata_value(each, "site"))


DATES = ("2024-01-31", "2024-02-01", "2024-02-01", "2025-01-01T00:00:00+00:00", "2025-03-01")


def test_the_latest_documents_are_held_out(document: Callable[..., LabelledDocument]):
    corpus = [document(day + str(n), ("Sun", "sunny"), day=day) for n, day in enumerate(DATES)]
    shuffled = [corpus[place] for place in (4, 1, 0, 3, 2)]
    assert split_by_time(shuffled, 0.2, "day") == (shuffled[1:], [corpus[4]])
    assert split_by_time(shuffled, 0.4, "day")[1] == [corpus[4], corpus[3]]
    days = [each.metadata["day"] for each in split_by_time(corpus, 0.7, "day")[1]]
    assert days == list(DATES[1:]), "documents of one date go together"
    assert split_by_time(corpus, 0.99, "day")[0] == corpus[:1], "and one date stays to train on"


def test_what_cannot_be_split_by_time_is_named(document: Callable[..., LabelledDocument]):
    corpus = [document(name, ("Sun", "sunny"), day="2024-01-31") for name in "ab"]
    with pytest.raises(FramelensError, match="all documents have the same 'day'"):
        split_by_time(corpus, 0.5, "day")
    corpus.append(document("c", ("Sun", "sunny"), day="31.1.2024"))
    with pytest.raises(FramelensError, match=r"document 'c': metadata\.day: '31\.1\.2024' is no"):
        split_by_time(corpus, 0.5, "day")
    with pytest.raises(FramelensError, match="document 'd': its metadata have no 'day' to split"):
        split_by_time([document("d", ("Sun", "sunny"))], 0.5, "day")


def test_parts_that_the_corpus_names(document: Callable[..., LabelledDocument]):
    corpus = [
        document(str(number), ("Sun", "sunny"), part=part)
        for number, part in enumerate(("test", "train", "train"))
    ]
    assert split_as_given(corpus, "part") == {"train": corpus[1:], "dev": [], "test": corpus[:1]}
    corpus.append(document("4", ("Sun", "sunny"), part="validation"))
    message = r"document '4': metadata\.part: 'validation' is no part; use 'train', 'dev' or 'test'"
    with pytest.raises(FramelensError, match=message):
        split_as_given(corpus, "part")
