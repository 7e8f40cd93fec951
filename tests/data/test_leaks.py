"""Sentences that stand in training and test documents."""

from __future__ import annotations

from collections.abc import Callable

from framelens.data import LabelledDocument, LabelledSentence, without_leaks
from framelens.data.leaks import leak_key


def test_case_and_white_space_do_not_matter():
    assert leak_key("The SUN\u00a0 shines\nall Straße.") == "the sun shines all strasse."


def test_a_short_sentence_is_no_leak():
    assert leak_key("Thank you very much.") is None
    assert leak_key("Thank you very much indeed.") is not None


def test_leaks_are_removed(document: Callable[..., LabelledDocument]):
    train = [
        document("a", ("It rains on the hill.", "rainy"), ("The sun shines.", "sunny"), kind="x"),
        document("b", ("it  rains on THE hill.", "rainy")),
        document("c", ("It rains on the plain.", "rainy")),
    ]
    test = [document("d", ("It rains on the hill.", "rainy"), ("The sun shines.", "sunny"))]
    kept, removed = without_leaks(train, test)
    assert removed == 2
    assert kept == [
        LabelledDocument("a", train[0].text, (LabelledSentence(22, 37, "sunny"),), {"kind": "x"}),
        train[2],
    ]


def test_only_labelled_test_sentences_count(document: Callable[..., LabelledDocument]):
    train = [document("a", ("It rains on the hill.", "rainy"))]
    test = [LabelledDocument("b", train[0].text, (LabelledSentence(0, 2, "sunny"),))]
    assert without_leaks(train, test) == (train, 0)
    assert without_leaks(train, []) == (train, 0)
