"""Labelled sentences and those around them."""

from __future__ import annotations

from framelens.data import LabelledDocument, LabelledSentence, sentences_in_context


def test_text_between_labelled_spans_is_split_as_at_inference():
    text = "Before it. And more.\nThe one. After it. Last."
    begin = text.index("The one.")
    labelled = LabelledSentence(begin, begin + len("The one. After it."), "neutral")
    sentences = sentences_in_context(LabelledDocument("a", text, (labelled,)))
    assert [(text[span[0] : span[1]], mark) for span, mark in sentences] == [
        ("Before it.", None),
        ("And more.", None),
        ("The one. After it.", labelled),
        ("Last.", None),
    ]


def test_a_fully_labelled_document_gets_no_other_sentences():
    marks = (LabelledSentence(0, 2, "neutral"), LabelledSentence(3, 5, "neutral"))
    sentences = sentences_in_context(LabelledDocument("a", "A. B.", marks))
    assert [mark for _, mark in sentences] == list(marks)
