"""Evidence: words that add up to the label's log-odds, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from framelens.model.calibration import softmax
from framelens.model.evidence import explain
from framelens.model.tokenization import Spans

FOLDINGS = st.lists(st.booleans(), min_size=2, max_size=6).filter(
    lambda flags: any(flags) and not all(flags)
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    in_label = np.array(draw(FOLDINGS))
    shape = draw(st.integers(1, 8)), len(in_label)
    return draw(arrays(np.float64, shape, elements=st.floats(-5, 5))), in_label


def split(text: str) -> Spans:
    """Spans of the words as tokens."""
    begins = [0, *(index + 1 for index, letter in enumerate(text) if letter == " ")]
    return np.array([(begin, begin + 1) for begin in begins])


@given(cases())
def test_contributions_and_bias_add_up_to_the_log_odds(
    case: tuple[npt.NDArray[Any], npt.NDArray[np.bool_]],
):
    logits, in_label = case
    text = " ".join("abcdefgh"[: len(logits)])
    evidence = explain(text, 0, split(text), logits, in_label)
    probabilities = softmax(logits.mean(axis=0))
    inside, outside = probabilities[in_label].sum(), probabilities[~in_label].sum()
    total = sum(word.contribution for word in evidence.words) + evidence.bias
    assert total == pytest.approx(np.log(inside / outside), abs=1e-9)


def test_with_two_leaves_a_word_adds_its_share_of_the_difference():
    logits = np.array([[3.0, 1.0], [-1.0, 3.0]])
    evidence = explain("we won", 10, np.array([(0, 2), (3, 6)]), logits, np.array([True, False]))
    assert evidence.bias == pytest.approx(0)
    assert [(word.begin, word.end, word.text) for word in evidence.words] == [
        (10, 12, "we"),
        (13, 16, "won"),
    ]
    assert [word.contribution for word in evidence.words] == pytest.approx([1.0, -2.0])


def test_the_tokens_of_a_word_are_added_up():
    logits = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    spans = np.array([(1, 4), (4, 6), (8, 9), (9, 10)])
    evidence = explain(" unfair  so.", 0, spans, logits, np.array([True, False]))
    assert [word.text for word in evidence.words] == ["unfair", "so."]
    assert [word.contribution for word in evidence.words] == pytest.approx([3 / 4, 12 / 4])


def test_a_token_that_begins_with_the_space_belongs_to_the_word_behind_it():
    logits = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    spans = np.array([(0, 1), (1, 2), (2, 4), (4, 5)])
    evidence = explain("a  b ", 0, spans, logits, np.array([True, False]))
    assert [word.contribution for word in evidence.words] == pytest.approx([1 / 4, 14 / 4])


def test_a_word_without_tokens_adds_nothing():
    logits = np.array([[1.0, 0.0], [2.0, 0.0]])
    spans = np.array([(0, 1), (4, 5)])
    evidence = explain("a \u200b b", 0, spans, logits, np.array([True, False]))
    assert [word.contribution for word in evidence.words] == pytest.approx([0.5, 0, 1.0])
