"""Windows for training, and sentence logits pooled from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from framelens.data import LabelledDocument, LabelledSentence, Swap
from framelens.data.swaps import Side
from framelens.model import FramingClassifier, Scheme, find_artefact
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.examples import NO_LABEL, collate, make_examples
from framelens.training.trainer import class_weights, divergence, pool_sentences

FRAMING = Scheme.from_file(find_artefact("framing") / "scheme.yaml")
SCHEME = Scheme.from_dict({"name": "two", "labels": {"plain": {}, "loud": {}}})


@pytest.fixture(scope="module")
def tokenizer() -> SentenceTokenizer:
    return SentenceTokenizer(find_artefact("framing") / "tokenizer.json")


def document(*sentences: tuple[str, str]) -> LabelledDocument:
    text, marks = "", []
    for sentence, label in sentences:
        begin = len(text) + 1
        text += " " + sentence
        marks.append(LabelledSentence(begin, len(text), label))
    return LabelledDocument("a", text, tuple(marks))


def test_every_token_and_label_of_a_document_is_in_a_window(tokenizer: SentenceTokenizer):
    corpus = [document(("It rained.", "plain"), ("word " * 70, "loud"), ("No!", "loud"))]
    examples = make_examples(corpus, SCHEME, tokenizer, window=32)
    assert all(length <= 32 for length in examples["length"])
    assert [label for labels in examples["labels"] for label in labels] == [0, 1, 1, 1, 1]
    words = sum(number >= 0 for row in examples["sentence_ids"] for number in row)
    assert words == 3 + 70 + 2


def test_windows_of_a_document_hold_what_stands_around_the_labels(tokenizer: SentenceTokenizer):
    text = "Rain fell. Hail fell. Snow fell. Dew fell."
    corpus = [LabelledDocument("a", text, (LabelledSentence(11, 21, "loud"),))]
    (whole,) = make_examples(corpus, SCHEME, tokenizer, window=32)
    assert whole["labels"] == [NO_LABEL, 1, NO_LABEL, NO_LABEL]
    (alone,) = make_examples(corpus, SCHEME, tokenizer, window=32, context="excerpt")
    assert alone["labels"] == [1]
    (middle,) = make_examples(corpus, SCHEME, tokenizer, window=12, overlap=1)
    assert middle["labels"] == [NO_LABEL, 1, NO_LABEL], "a window without a label is left out"


def test_a_teacher_answers_every_sentence_as_it_reads_it(tokenizer: SentenceTokenizer):
    texts = ["Rain fell. Hail fell. Snow fell. Dew fell.", "Frost! \u200b Fog came."]
    corpus = [
        LabelledDocument("labelled", texts[0], (LabelledSentence(11, 21, FRAMING.leaf_names[3]),)),
        LabelledDocument("not", texts[1], ()),
    ]
    teacher = FramingClassifier.load("framing")
    examples = make_examples(corpus, FRAMING, tokenizer, window=12, overlap=1, teacher=teacher)
    first, *others = examples
    assert first["labels"] == [NO_LABEL, 3, NO_LABEL], "windows without a label are left out"
    assert [label for each in others for label in each["labels"]] == [NO_LABEL] * 2
    answers = [row for each in others for row in each["answers"]]
    whole = teacher.sentence_logits([["Rain fell.", "Hail fell.", "Snow fell.", "Dew fell."]])[0]
    scored = [row for row in first["answers"] if not math.isnan(row[0])]
    assert scored
    for row in scored:
        assert min(np.abs(whole - row).max(axis=1)) < 1e-6, "with the whole document around it"
    assert np.allclose(answers, teacher.sentence_logits([["Frost!", "Fog came."]])[0], atol=1e-6)
    batch = collate(list(examples))
    assert batch["answers"].shape == (len(examples), 3, len(FRAMING.leaves))
    assert batch["answers"][-1].isnan().any(), "padding has no answer"


def test_collated_windows_are_padded(tokenizer: SentenceTokenizer):
    corpus = [
        document(("Rain fell.", "plain"), ("Hail!", "loud")),
        document(("Snow fell all day.", "plain")),
    ]
    batch = collate(list(make_examples(corpus, SCHEME, tokenizer, window=32)))
    assert batch["labels"].tolist() == [[0, 1], [0, NO_LABEL]]
    assert batch["sentence_ids"].tolist() == [
        [-1, 0, 0, 0, 1, 1, -1],
        [-1, 0, 0, 0, 0, 0, -1],
    ]
    assert batch["attention_mask"].sum().item() == 14


SWAP = Swap((Side("Rain", {"state": ("Rain",)}), Side("Storm", {"state": ("A storm",)})))


def test_twins_are_the_same_sentences_with_sides_swapped(tokenizer: SentenceTokenizer):
    corpus = [
        document(("Rain fell.", "plain"), ("Hail!", "loud")),
        document(("Snow fell.", "plain")),
        document(("Rain fell.", "plain")),
    ]
    swaps = [SWAP, SWAP, None]
    examples = list(make_examples(corpus, SCHEME, tokenizer, window=32, swaps=swaps))
    assert [bool(example["twin_input_ids"]) for example in examples] == [True, False, False]
    batch = collate(examples)
    assert batch["twin_of"].tolist() == [0]
    assert batch["labels"].tolist() == [[0, 1], [0, NO_LABEL], [0, NO_LABEL], [0, 1]]
    assert batch["sentence_ids"][3].tolist() == [-1, 0, 0, 0, 0, 1, 1, -1]
    assert batch["attention_mask"].sum(dim=1).tolist() == [7, 5, 5, 8]


def test_a_sentence_in_pieces_has_no_twin(tokenizer: SentenceTokenizer):
    corpus = [document(("Rain " * 70, "loud"))]
    pieces = make_examples(corpus, SCHEME, tokenizer, window=32, swaps=[SWAP])
    assert not any(pieces["twin_input_ids"])


def test_a_twin_that_fits_no_window_is_none(tokenizer: SentenceTokenizer):
    corpus = [document(("Rain fell " * 15, "loud"))]
    examples = make_examples(corpus, SCHEME, tokenizer, window=32, swaps=[SWAP])
    assert [(each["length"], each["twin_input_ids"]) for each in examples] == [(32, [])]


def test_answers_diverge_as_far_as_their_probabilities_do():
    even, odd = torch.log(torch.tensor([[0.5, 0.5]])), torch.log(torch.tensor([[0.8, 0.2]]))
    assert divergence(even, even + 1).item() == pytest.approx(0, abs=1e-6)
    expected = 0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5)
    assert divergence(even, odd).item() == pytest.approx(expected, rel=1e-5)
    assert divergence(odd, even).item() == pytest.approx(expected, rel=1e-5)


def test_pooling_is_the_mean_over_the_tokens_of_each_sentence():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((2, 5, 3), generator=generator)
    numbers = torch.tensor([[-1, 0, 0, 1, -1], [-1, 0, 0, 0, -1]])
    pooled = pool_sentences(logits, numbers, 2)
    expected = torch.stack([logits[0, 1:3].mean(0), logits[0, 3], logits[1, 1:4].mean(0)])
    assert torch.allclose(pooled[[0, 0, 1], [0, 1, 0]], expected)
    assert (pooled[1, 1] == 0).all()


def test_class_weights_have_a_mean_of_one_over_the_labels():
    labels = [0] * 90 + [1] * 10
    weights = class_weights(labels, 2, "inverse-sqrt").numpy()
    assert weights[1] / weights[0] == pytest.approx(3.0)
    assert np.mean(weights[labels]) == pytest.approx(1.0)
    assert class_weights(labels, 2, "none").tolist() == [1.0, 1.0]
    assert class_weights(labels, 2, "inverse")[1] == pytest.approx(5.0)
