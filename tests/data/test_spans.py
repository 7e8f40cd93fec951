"""Labelled spans and their faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import read_corpus
from framelens.model.scheme import Scheme

ALLOWED = "'weather' knows 'sunny', 'rainy', 'said_sunny', 's', 'r' or 'qs'"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"begin": "16"}, ".begin: expected a whole number, found text"),
        ({"begin": True}, ".begin: expected a whole number, found true or false"),
        ({"end": 25.0}, ".end: expected a whole number, found a number"),
        ({"label": ""}, ".label: empty"),
        ({"label": None}, ".label: expected text, found null"),
        ({"label": "snow"}, f".label: unknown label 'snow': {ALLOWED}"),
        ({"label": "said"}, f".label: unknown label 'said': {ALLOWED}"),
        ({"votes": "sr"}, ".votes: expected a list, found text"),
        ({"votes": ["s", 1]}, ".votes[1]: expected text, found a whole number"),
        ({"votes": ["snow"]}, f".votes[0]: unknown label 'snow': {ALLOWED}"),
        ({"doubtful": 1}, ".doubtful: expected true or false, found a whole number"),
        (
            {"code": "s"},
            ".code: unknown field; known are 'begin', 'end', 'label', 'votes' or 'doubtful'",
        ),
        ({"end": 16}, ": span 16:16 is empty"),
        ({"end": 15}, ": span 16:15 ends before it begins"),
        ({"begin": -1}, ": span -1:25 is out of range: the first character is 0"),
        ({"end": 26}, ": span 16:26 is out of range: the text has 25 characters"),
        ({"begin": 14}, ": span 14:25 overlaps 0:15"),
        ({"begin": 15, "end": 16}, ": span 15:16 holds only white space"),
    ],
)
def test_faulty_sentence(
    change: dict[str, Any],
    fault: str,
    write: Callable[..., Path],
    faults: Callable[..., list[str]],
    entry: dict[str, Any],
):
    entry["sentences"][1] |= change
    assert faults(write("a.jsonl", [entry])) == [f"a.jsonl:1: sentences[1]{fault}"]


@pytest.mark.parametrize("name", ["begin", "end", "label"])
def test_missing_field(
    name: str, write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    del entry["sentences"][1][name]
    fault = f"a.jsonl:1: sentences[1].{name}: field is missing"
    assert faults(write("a.jsonl", [entry])) == [fault]


def test_out_of_order(
    write: Callable[..., Path], faults: Callable[..., list[str]], entry: dict[str, Any]
):
    entry["sentences"].reverse()
    fault = "a.jsonl:1: sentences[1]: span 0:15 is out of order: it follows 16:25"
    assert faults(write("a.jsonl", [entry])) == [fault]


def test_spans_may_touch_and_leave_text_out(
    write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    entry["sentences"] = [
        {"begin": 4, "end": 7, "label": "sunny"},
        {"begin": 7, "end": 14, "label": "rainy"},
    ]
    (document,) = read_corpus([write("a.jsonl", [entry])], scheme)
    assert [document.text_of(sentence) for sentence in document.sentences] == ["sun", " shines"]


def test_offsets_count_code_points(
    write: Callable[..., Path], scheme: Scheme, entry: dict[str, Any]
):
    entry["text"] = "\U0001f31e e\u0301."
    entry["sentences"] = [{"begin": 2, "end": 5, "label": "sunny"}]
    (document,) = read_corpus([write("a.jsonl", [entry])], scheme)
    assert document.text_of(document.sentences[0]) == "e\u0301."
