"""Several annotators: their votes in files, and the label that these settle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import (
    LabelledSentence,
    label_shares,
    read_corpus,
    settle,
    summarise,
    write_documents,
)
from framelens.model.scheme import Scheme

SKIES = Scheme.from_dict(
    {"name": "skies", "multi_label": True, "labels": {"sun": None, "rain": None, "wind": None}}
)


@pytest.mark.parametrize(
    ("votes", "label", "doubtful"),
    [
        (("rainy", "sunny", "rainy"), "rainy", False),
        (("rainy", "sunny"), "sunny", True),
        (("said_sunny",), "said_sunny", False),
    ],
)
def test_most_votes_settle_the_label(
    scheme: Scheme, votes: tuple[str, ...], label: str, doubtful: bool
):
    assert settle(votes, scheme) == (label, doubtful)


def test_the_public_label_settles_before_its_leaves():
    scheme = Scheme.from_dict(
        {
            "name": "skies",
            "labels": {"dry": None, "wet": None},
            "leaves": {"sun": {"label": "dry"}, "rain": {"label": "wet"}, "snow": {"label": "wet"}},
        }
    )
    assert settle(("sun", "sun", "rain", "snow", "snow"), scheme) == ("snow", False)
    assert settle(("sun", "sun", "rain", "snow"), scheme) == ("sun", True)


@pytest.mark.parametrize(
    ("votes", "label", "doubtful"),
    [
        (("sun|wind", "sun", ""), "sun", False),
        (("sun|wind", "sun"), "sun", True),
        (("", "", "rain"), "", False),
    ],
)
def test_more_than_half_of_the_votes_settle_each_of_several_labels(
    votes: tuple[str, ...], label: str, doubtful: bool
):
    assert settle(votes, SKIES) == (label, doubtful)


def test_shares_are_those_of_the_votes_or_else_the_label(scheme: Scheme):
    voted = LabelledSentence(0, 1, "sunny", ("sunny", "rainy", "sunny", "sunny"))
    assert label_shares(voted, scheme).tolist() == [0.75, 0.25, 0.0]
    assert label_shares(LabelledSentence(0, 1, "rainy"), scheme).tolist() == [0.0, 1.0, 0.0]
    several = LabelledSentence(0, 1, "sun", ("sun|wind", "sun"))
    assert label_shares(several, SKIES).tolist() == [1.0, 0.0, 0.5]


def test_votes_with_names_survive_the_documents_format(
    tmp_path: Path, write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    entry["sentences"][0]["votes"] = {"ada": "s", "bob": "qs"}
    corpus = read_corpus([write("a.jsonl", [entry])], scheme)
    first = corpus[0].sentences[0]
    assert (first.votes, first.annotators) == (("sunny", "said_sunny"), ("ada", "bob"))
    write_documents(tmp_path / "b.jsonl", corpus)
    assert read_corpus([tmp_path / "b.jsonl"], scheme) == corpus
    assert summarise(corpus, scheme).voted == 1


def test_a_faulty_vote_is_named_by_its_annotator(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    entry["sentences"][1]["votes"] = {"ada": "snow"}
    (fault,) = faults(write("a.jsonl", [entry]))
    assert fault.startswith("a.jsonl:1: sentences[1].votes.ada: unknown label 'snow'")


def test_a_cell_may_hold_votes(write: Callable[..., Path], scheme: Scheme):
    path = write("a.csv", "text,votes\nSun,s;r;s\nRain, r \nBoth,r;s\n")
    sentences = [document.sentences[0] for document in read_corpus([path], scheme)]
    assert sentences == [
        LabelledSentence(0, 3, "sunny", ("sunny", "rainy", "sunny")),
        LabelledSentence(0, 4, "rainy", ("rainy",)),
        LabelledSentence(0, 4, "sunny", ("rainy", "sunny"), doubtful=True),
    ]


def test_a_label_beside_votes_is_the_settled_one(write: Callable[..., Path], scheme: Scheme):
    path = write("a.csv", "text,label,votes\nSun,qs,s;r;s\nRain,,r\n")
    documents = read_corpus([path], scheme)
    assert [document.sentences[0].label for document in documents] == ["said_sunny", "rainy"]


@pytest.mark.parametrize(
    ("rows", "identities"),
    [
        ("id,text,label,annotator\n1,Sun,s,ada\n1,Sun,r,bob\n2,Rain,r,ada\n1,Sun,s,eve\n", "12"),
        ("text,label,annotator\nSun,s,ada\nSun,r,bob\nRain,r,ada\nSun,s,eve\n", None),
    ],
)
def test_rows_of_several_annotators_are_one_sentence(
    rows: str, identities: str | None, write: Callable[..., Path], scheme: Scheme
):
    path = write("a.csv", rows)
    first, second = read_corpus([path], scheme)
    votes = ("sunny", "rainy", "sunny")
    names = ("ada", "bob", "eve")
    assert first.sentences == (LabelledSentence(0, 3, "sunny", votes, annotators=names),)
    assert second.sentences == (LabelledSentence(0, 4, "rainy", ("rainy",), annotators=("ada",)),)
    assert [first.id, second.id] == (list(identities) if identities else [f"{path}:2", f"{path}:4"])


def test_the_sentences_of_a_document_are_found_by_text_and_turn(
    write: Callable[..., Path], scheme: Scheme
):
    rows = "".join(
        f"d,{text},{label},{name}\n"
        for name, labels in (("ada", "ssr"), ("bob", "srr"))
        for text, label in zip(("Sun.", "Yes.", "Yes."), labels, strict=True)
    )
    (document,) = read_corpus([write("a.csv", f"document,text,label,annotator\n{rows}")], scheme)
    assert document.text == "Sun.\nYes.\nYes."
    assert [sentence.votes for sentence in document.sentences] == [
        ("sunny", "sunny"),
        ("sunny", "rainy"),
        ("rainy", "rainy"),
    ]


def test_rows_of_annotators_that_do_not_fit(
    write: Callable[..., Path], faults: Callable[..., list[str]]
):
    rows = "id,text,label,annotator\n1,Sun,s,ada\n1,Rain,s,bob\n1,Sun,r,ada\n1,Sun,r,\n"
    assert faults(write("a.csv", rows)) == [
        "a.csv:3: text: differs from that of a.csv:2, which has the same id",
        "a.csv:4: annotator: 'ada' labels the text a second time, after a.csv:2",
        "a.csv:5: annotator: empty",
    ]
    assert faults(write("b.csv", "text,votes,annotator\nSun,s;s,ada\n")) == [
        "b.csv: votes: a table has one of 'annotator', with a row for each, and 'votes'"
    ]
    (unknown,) = faults(write("c.csv", "text,votes\nSun,s;snow\n"))
    assert unknown.startswith("c.csv:2: votes: unknown label 'snow'")
    assert faults(write("d.csv", "text,votes\nSun,\n")) == ["d.csv:2: votes: empty"]


def test_a_cell_holds_the_labels_of_a_multi_label_scheme(
    tmp_path: Path, write: Callable[..., Path]
):
    path = write("a.csv", "text,label\nOne,wind|sun\nTwo,\nThree,rain\n")
    corpus = read_corpus([path], SKIES)
    assert [document.sentences[0].label for document in corpus] == ["sun|wind", "", "rain"]
    write_documents(tmp_path / "b.jsonl", corpus)
    assert read_corpus([tmp_path / "b.jsonl"], SKIES) == corpus
    summary = summarise(corpus, SKIES)
    assert (summary.leaves, summary.unlabelled) == ({"sun": 1, "rain": 1, "wind": 1}, 1)


def test_votes_for_several_labels(write: Callable[..., Path]):
    path = write("a.csv", "text,votes\nOne,wind|sun;sun;\n")
    ((document),) = read_corpus([path], SKIES)
    assert document.sentences == (LabelledSentence(0, 3, "sun", ("sun|wind", "sun", "")),)
