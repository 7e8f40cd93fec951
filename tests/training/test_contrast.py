"""The loss by which an encoder learns to tell labels apart."""

from __future__ import annotations

import math

import pytest
import torch

from framelens.training.contrast import SHARPNESS, contrast

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


def loss(*states: list[float], labels: list[int]) -> float:
    return contrast(torch.tensor(states), torch.tensor(labels)).item()


def test_it_is_the_surprise_at_a_neighbour_of_the_same_label():
    # Each has one neighbour at its own place and two that are as far as can be told apart.
    apart = loss(EAST, EAST, NORTH, NORTH, labels=[0, 0, 1, 1])
    assert apart == pytest.approx(math.log(1 + 2 * math.exp(-SHARPNESS)), abs=1e-6)
    mixed = loss(EAST, NORTH, EAST, NORTH, labels=[0, 0, 1, 1])
    assert mixed == pytest.approx(SHARPNESS + math.log(1 + 2 * math.exp(-SHARPNESS)), rel=1e-5)


def test_lengths_of_states_do_not_count():
    near = loss(EAST, NORTH, EAST, labels=[0, 0, 1])
    assert loss([5.0, 0.0], [0.0, 3.0], [2.0, 0.0], labels=[0, 0, 1]) == pytest.approx(near)


def test_all_neighbours_of_a_label_count_alike_and_a_lone_sentence_not():
    states = [EAST, [0.6, 0.8], [0.8, 0.6], NORTH]
    losses = []
    for row in range(3):
        cosines = [SHARPNESS * sum(map(float.__mul__, states[row], each)) for each in states]
        others = [each for column, each in enumerate(cosines) if column != row]
        total = math.log(sum(map(math.exp, others)))
        alike = [each for column, each in enumerate(cosines[:3]) if column != row]
        losses.append(sum(total - each for each in alike) / 2)
    expected = sum(losses) / 3
    assert loss(*states, labels=[0, 0, 0, 1]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("labels", [[0], [0, 1]])
def test_where_no_sentence_has_a_neighbour_there_is_nothing_to_learn(labels: list[int]):
    states = torch.tensor([EAST, NORTH][: len(labels)], requires_grad=True)
    value = contrast(states, torch.tensor(labels))
    value.backward()  # type: ignore[no-untyped-call]
    assert value.item() == 0
    assert states.grad is not None
    assert not states.grad.any()
