"""Sentences into token ids, whatever the tokenizer's file says about cutting and filling."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from framelens.model.tokenization import TOGETHER, SentenceTokenizer
from framelens.model.windows import Window, pack_windows


@pytest.fixture(scope="session")
def tokenizer(shipped: Path) -> SentenceTokenizer:
    return SentenceTokenizer(shipped / "tokenizer.json")


@pytest.fixture(scope="session")
def plain(shipped: Path) -> tokenizers.Tokenizer:
    """The tokenizers library itself, on the same file without truncation and padding."""
    content = json.loads((shipped / "tokenizer.json").read_text(encoding="utf-8"))
    content["truncation"] = content["padding"] = None
    return tokenizers.Tokenizer.from_str(json.dumps(content))


def test_nothing_is_cut_or_filled_whatever_the_file_says(
    tmp_path: Path, shipped: Path, plain: tokenizers.Tokenizer
):
    content = json.loads((shipped / "tokenizer.json").read_text(encoding="utf-8"))
    content["truncation"] = {
        "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    content["padding"] = {
        "strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
    }  # fmt: skip
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    sentences = ["Won.", "word " * 3_000, ""]
    tokenizer = SentenceTokenizer(path)
    tokens, spans = tokenizer(sentences), tokenizer.spans(sentences)
    for sentence, ids, places in zip(sentences, tokens, spans, strict=True):
        expected = plain.encode(sentence, add_special_tokens=False)
        assert ids.tolist() == expected.ids
        assert places.tolist() == [list(each) for each in expected.offsets]
    assert [len(found) for found in tokens[1:]] == [3_000, 0]


def test_tokens_point_at_their_characters(tokenizer: SentenceTokenizer):
    sentence = "  “Café!” 😀 naïve\u200b—fin"
    (spans,) = tokenizer.spans([sentence])
    words = [sentence[begin:end] for begin, end in spans]
    assert words == ["“", "Café", "!", "”", "😀", "naïve", "—", "fin"]


@given(st.lists(st.text(), max_size=5))
def test_sentences_are_tokenized_apart(tokenizer: SentenceTokenizer, sentences: list[str]):
    together = zip(sentences, tokenizer(sentences), tokenizer.spans(sentences), strict=True)
    for sentence, tokens, spans in together:
        (alone,) = tokenizer([sentence])
        assert tokens.tolist() == alone.tolist()
        assert len(tokens) == len(spans)
        assert all(0 <= begin <= end <= len(sentence) for begin, end in spans)


def test_a_window_is_its_parts_between_the_special_tokens(
    tokenizer: SentenceTokenizer, plain: tokenizers.Tokenizer
):
    sentences = tokenizer(["They won.", "Nobody", "cheered."])
    (window,) = pack_windows(list(map(len, sentences)), capacity=16)
    ids = tokenizer.window(sentences, window)
    assert ids.dtype == np.int64
    assert ids.tolist() == plain.encode("They won. Nobody cheered.").ids
    assert tokenizer.window([], Window(())).tolist() == plain.encode("").ids
    assert sum(tokenizer.special_tokens) == len(plain.encode("").ids)


def test_separators_stand_between_the_sentences_of_a_window(
    shipped: Path, plain: tokenizers.Tokenizer
):
    tokenizer = SentenceTokenizer(shipped / "tokenizer.json", separators=True)
    sentences = tokenizer(["They won.", "Nobody", "cheered."])
    (window,) = tokenizer.pack(sentences, window=10)
    ids = tokenizer.window(sentences, window)
    first, second, third = (plain.encode(each).ids for each in ("They won.", "Nobody", "cheered."))
    assert ids.tolist() == first + second[1:] + third[1:]
    for place, sentence in zip(tokenizer.places(window), sentences, strict=True):
        assert ids[place].tolist() == sentence.tolist()
    assert len(tokenizer.pack(sentences, window=9)) == 2
    assert tokenizer.window([], Window(())).tolist() == plain.encode("").ids


def test_packed_windows_are_full_with_their_special_tokens(tokenizer: SentenceTokenizer):
    sentences = tokenizer(["one two three"] * 4)
    windows = tokenizer.pack(sentences, window=8)
    assert [len(tokenizer.window(sentences, window)) for window in windows] == [8, 8]
    first, second, third = tokenizer.pack(sentences, window=8, overlap=1)
    assert first.parts[1].sentence == second.parts[0].sentence == 1
    assert third.parts[-1].sentence == 3


@pytest.mark.parametrize("name", ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"])
def test_a_text_cannot_write_special_tokens(
    tokenizer: SentenceTokenizer, plain: tokenizers.Tokenizer, name: str
):
    (tokens,) = tokenizer([f"He said {name} and left."])
    assert plain.token_to_id(name) not in tokens


def test_a_tokenizer_without_special_tokens_adds_none(byte_tokenizer: Path):
    tokenizer = SentenceTokenizer(byte_tokenizer)
    (tokens,) = tokenizer(["né"])
    assert tokenizer.spans(["né"])[0].tolist() == [[0, 1], [1, 2], [1, 2]]
    assert tokenizer.special_tokens == (0, 0)
    (window,) = pack_windows([len(tokens)], capacity=16)
    assert tokenizer.window([tokens], window).tolist() == tokens.tolist()


def test_many_sentences_are_tokenized_as_few_are(tokenizer: SentenceTokenizer):
    sentences = [f"Ship {number} left." for number in range(TOGETHER + 2)]
    together = tokenizer(sentences)
    for number in (0, TOGETHER - 1, TOGETHER, TOGETHER + 1):
        (alone,) = tokenizer([sentences[number]])
        assert together[number].tolist() == alone.tolist()
    assert len(together) == len(tokenizer.spans(sentences)) == len(sentences)


def test_a_window_holds_one_sentence_where_they_are_read_alone(shipped: Path):
    tokenizer = SentenceTokenizer(shipped / "tokenizer.json", separators=True, alone=True)
    sentences = tokenizer(["We won.", "They " + "lost " * 30 + ".", "Rain."])
    windows = tokenizer.pack(sentences, window=16, overlap=2)
    assert [[part.sentence for part in window.parts] for window in windows] == [
        *([0], [1], [1], [1], [2]),
    ]
