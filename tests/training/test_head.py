"""A head that is fitted to states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from transformers import BertConfig, BertForTokenClassification, XLNetConfig
from transformers import XLNetForSequenceClassification as OtherHead

from framelens.model.calibration import softmax
from framelens.training.base import BaseError
from framelens.training.head import Head, fit_head, remove_head

GENERATOR = np.random.default_rng(0)
STATES = 7.0 + GENERATOR.normal(size=(60, 8))


def bert() -> BertForTokenClassification:
    return BertForTokenClassification(
        BertConfig(
            vocab_size=50,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=8,
            num_labels=3,
        )
    )


@pytest.mark.parametrize("count", [2, 3])
def test_its_probabilities_are_those_of_a_logistic_regression(count: int):
    leaves = np.arange(60) % count
    head = fit_head(STATES, leaves, count, 1.0, "none")
    scaled = STATES - STATES.mean(axis=0)
    scaled /= np.sqrt((scaled**2).sum(axis=1).mean())
    expected = LogisticRegression(C=1.0, max_iter=1_000).fit(scaled, leaves).predict_proba(scaled)
    assert softmax(head.logits(STATES)) == pytest.approx(expected, abs=1e-6)


def test_the_scale_and_the_place_of_states_do_not_matter():
    leaves = np.arange(60) % 3
    head = fit_head(STATES, leaves, 3, 1.0, "inverse")
    moved = fit_head(100 * STATES - 5, leaves, 3, 1.0, "inverse")
    assert moved.logits(100 * STATES - 5) == pytest.approx(head.logits(STATES), abs=1e-3)


def test_states_that_are_the_same_tell_nothing():
    head = fit_head(np.ones((4, 8)), np.array([0, 1, 0, 1]), 2, 1.0, "none")
    assert softmax(head.logits(np.ones((1, 8)))) == pytest.approx(np.full((1, 2), 0.5))


def test_a_leaf_without_a_sentence_is_the_least_likely():
    leaves = np.repeat([0, 2], [50, 10])
    head = fit_head(STATES, leaves, 4, 0.01, "none")
    mean = head.logits(STATES).mean(axis=0)
    assert mean[1] == mean[3] < mean[2] < mean[0]


def test_rare_leaves_count_more_where_that_is_asked_for():
    leaves = np.repeat([0, 1], [50, 10])
    none, inverse = (
        fit_head(STATES, leaves, 2, 0.01, each).logits(STATES).mean(axis=0)
        for each in ("none", "inverse")
    )
    assert none[0] - none[1] > 1
    assert inverse[0] == pytest.approx(inverse[1], abs=0.1)


def test_a_model_gives_states_without_its_head_and_logits_with_a_new_one():
    model = bert().eval()
    remove_head(model)
    ids = torch.arange(10).reshape(1, 10)
    with torch.inference_mode():
        states = model(input_ids=ids).logits
    assert states.shape == (1, 10, 8)
    head = Head(GENERATOR.normal(size=(3, 8)), GENERATOR.normal(size=3))
    head.put_on(model)
    with torch.inference_mode():
        logits = model(input_ids=ids).logits
    expected = head.logits(states.numpy().mean(axis=1))
    assert logits.numpy().mean(axis=1) == pytest.approx(expected, abs=1e-5)


def test_a_network_with_another_kind_of_head_is_refused():
    config = XLNetConfig(vocab_size=50, d_model=8, n_layer=1, n_head=2, d_inner=8)
    with pytest.raises(BaseError, match="XLNetForSequenceClassification has no head of one linear"):
        remove_head(OtherHead(config))
