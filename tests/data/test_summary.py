"""Counts of a corpus, and the hash that tells two corpora apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from framelens.data import LabelledDocument, Summary, corpus_sha256, summarise
from framelens.model.scheme import Scheme


def test_counts(scheme: Scheme, document: Callable[..., LabelledDocument]):
    first = document("a", ("Sun", "sunny"), kind="note")
    doubtful = replace(first.sentences[0], doubtful=True)
    corpus = [
        replace(first, sentences=(doubtful,)),
        document("b", ("Rain", "rainy"), ("Sun", "sunny"), kind="report"),
        document("c", ("Fog", "rainy")),
    ]
    summary = summarise(corpus, scheme)
    assert summary == Summary(
        documents=3,
        sentences=4,
        doubtful=1,
        leaves={"sunny": 2, "rainy": 2, "said_sunny": 0},
        kinds={"report": 2, "note": 1},
    )
    assert list(summary.leaves) == ["sunny", "rainy", "said_sunny"]
    assert list(summary.kinds) == ["report", "note"]


def test_the_hash_is_of_content_only(document: Callable[..., LabelledDocument]):
    one, two = document("a", ("Sun", "sunny"), x="1", y="2"), document("b", ("Rain", "rainy"))
    renamed = replace(one, id="c", metadata={"y": "2", "x": "1"})
    assert corpus_sha256([one, two]) == corpus_sha256([two, renamed])


def test_the_hash_tells_corpora_apart(document: Callable[..., LabelledDocument]):
    one, two = document("a", ("Sun", "sunny")), document("b", ("Rain", "rainy"))
    (sentence,) = one.sentences
    corpora = [
        [],
        [one],
        [one, one],
        [one, two],
        [replace(one, text="sun")],
        [replace(one, metadata={"kind": "note"})],
        [replace(one, sentences=(replace(sentence, label="rainy"),))],
        [replace(one, sentences=(replace(sentence, doubtful=True),))],
        [replace(one, sentences=(replace(sentence, votes=("sunny",)),))],
    ]
    assert len({corpus_sha256(corpus) for corpus in corpora}) == len(corpora)


def test_the_hash_stays_what_it_is(document: Callable[..., LabelledDocument]):
    canonical = (
        b'{"metadata":{"kind":"note"},"sentences":[{"begin":0,"end":5,"label":"sunny"}],'
        b'"text":"Sun \\ud83c\\udf1e"}'
    )
    digest = hashlib.sha256(canonical).hexdigest()
    corpus = [document("a", ("Sun \U0001f31e", "sunny"), kind="note")]
    assert corpus_sha256(corpus) == hashlib.sha256(digest.encode()).hexdigest()
