"""Documents written and read again are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framelens.data import LabelledDocument, LabelledSentence, read_corpus, write_documents
from framelens.model.scheme import Scheme

LEAVES = ("sunny", "rainy", "said_sunny")
AWKWARD = st.sampled_from(["\u2028", "\x85", "\x00", "\r", "\n", "\U0001f600", '"', "\\", "\ufeff"])
TEXT = st.lists(st.text(max_size=5) | AWKWARD, max_size=4).map("".join)
NOT_BLANK = TEXT.filter(lambda text: bool(text.strip()))


@st.composite
def documents(draw: st.DrawFn) -> LabelledDocument:
    text = draw(TEXT)
    sentences = []
    for words in draw(st.lists(NOT_BLANK, min_size=1, max_size=4)):
        begin = len(text)
        text += words + draw(TEXT)
        label = draw(st.sampled_from(LEAVES))
        votes = tuple(draw(st.lists(st.sampled_from(LEAVES), max_size=2)))
        doubtful = draw(st.booleans())
        sentences.append(LabelledSentence(begin, begin + len(words), label, votes, doubtful))
    metadata = draw(st.dictionaries(TEXT, TEXT, max_size=2))
    return LabelledDocument(draw(NOT_BLANK), text, tuple(sentences), metadata)


# The scheme is the same for every example.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda document: document.id))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, scheme: Scheme, corpus: list[LabelledDocument]
):
    path = tmp_path_factory.getbasetemp() / "round_trip.jsonl"
    write_documents(path, corpus)
    assert read_corpus([path], scheme) == corpus
    assert path.read_bytes().count(b"\n") == len(corpus)


def test_only_what_is_there_is_written(tmp_path: Path, document: Callable[..., LabelledDocument]):
    path = tmp_path / "corpus.jsonl"
    write_documents(path, [document("Tirané", ("Sun.", "sunny"))])
    line = path.read_text(encoding="utf-8")
    assert "Tirané" in line
    assert json.loads(line) == {
        "id": "Tirané",
        "text": "Sun.",
        "sentences": [{"begin": 0, "end": 4, "label": "sunny"}],
    }


def test_a_document_gives_the_text_of_its_sentences(entry: dict[str, Any]):
    sentence = LabelledSentence(16, 25, "rainy")
    assert LabelledDocument("monday", entry["text"], (sentence,)).text_of(sentence) == "It pours."


def test_documents_can_be_counted_in_a_set(document: Callable[..., LabelledDocument]):
    twice = [document("monday", ("Sun.", "sunny"), kind="note") for _ in range(2)]
    assert len(set(twice)) == 1
