"""The loss of a batch whose windows have twins."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PrinterCallback, TrainingArguments

from framelens.training.examples import NO_LABEL, collate
from framelens.training.trainer import SentenceTrainer, label_loss, label_weight

# The probabilities of two leaves that each token speaks for.
PROBABILITIES = torch.tensor([[0.5, 0.5], [0.5, 0.5], [0.8, 0.2], [0.9, 0.1]])
EVEN, MOSTLY, SURELY = 1, 2, 3
WEIGHTS = torch.tensor([1.0, 3.0])


class Table(torch.nn.Module):
    """A token classifier that knows the answer for each token by heart."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(PROBABILITIES.log())

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        """Logits ``[windows, tokens, leaves]``."""
        return SimpleNamespace(logits=self.logits[input_ids])


def window(tokens: list[int], labels: list[int], twin: list[int]) -> dict[str, list[int]]:
    """A window whose sentences have one token each."""
    return {
        "input_ids": tokens,
        "sentence_ids": [*range(len(tokens))],
        "labels": labels,
        "twin_input_ids": twin,
        "twin_sentence_ids": [*range(len(twin))],
    }


def loss(
    folder: Path, consistency: float, *windows: dict[str, Any], imitation: float = 1.0
) -> torch.Tensor:
    trainer = SentenceTrainer(
        model=Table(),
        args=TrainingArguments(output_dir=str(folder), use_cpu=True, report_to="none"),
        consistency=consistency,
        imitation=imitation,
        leaf_weights=WEIGHTS,
    )
    return trainer.compute_loss(trainer.model, collate(windows))


def apart(one: float, other: float) -> float:
    """Jeffreys divergence of two answers, each the probability of a leaf of two."""
    odds = torch.tensor([one, other]).logit()
    return float((one - other) * (odds[0] - odds[1]))


WINDOWS = (
    window([MOSTLY], [0], []),
    window([EVEN, SURELY, EVEN], [1, 0, NO_LABEL], [EVEN, EVEN, MOSTLY]),
    window([MOSTLY], [1], [EVEN]),
)


def test_twins_have_the_labels_of_their_windows(tmp_path: Path):
    chosen = [(0.8, 0), (0.5, 1), (0.9, 0), (0.2, 1), (0.5, 1), (0.5, 0), (0.5, 1)]
    weights = [float(WEIGHTS[leaf]) for _, leaf in chosen]
    logs = [float(torch.tensor(probability).log()) for probability, _ in chosen]
    expected = -sum(map(float.__mul__, weights, logs)) / sum(weights)
    assert loss(tmp_path, 0.0, *WINDOWS).item() == pytest.approx(expected, rel=1e-5)


def test_consistency_adds_how_far_twins_are_apart(tmp_path: Path):
    # Context counts too, what is padding does not.
    expected = (apart(0.9, 0.5) + apart(0.5, 0.8) + apart(0.8, 0.5)) / 4
    without, with_it = (loss(tmp_path, consistency, *WINDOWS) for consistency in (0.0, 4.0))
    assert (with_it - without).item() == pytest.approx(4 * expected, rel=1e-5)


def test_without_twins_consistency_changes_nothing(tmp_path: Path):
    assert torch.equal(loss(tmp_path, 0.0, WINDOWS[0]), loss(tmp_path, 4.0, WINDOWS[0]))


def test_imitation_adds_how_far_the_teacher_is(tmp_path: Path):
    # Confident of the second leaf by odds of nine; nobody asked it about the last sentence.
    answers = [[[0.0, float(np.log(9))]], [[0.0, float(np.log(9))], [0.0, 0.0], [math.nan] * 2]]
    windows = [
        window([MOSTLY], [0], []) | {"answers": answers[0]},
        window([EVEN, SURELY, EVEN], [1, 0, NO_LABEL], [EVEN] * 3) | {"answers": answers[1]},
    ]
    expected = np.mean([apart(0.2, 0.9), apart(0.5, 0.9), apart(0.1, 0.5)])
    without, with_it = (loss(tmp_path, 0.0, *windows, imitation=each) for each in (0.0, 3.0))
    assert (with_it - without).item() == pytest.approx(3 * expected, rel=1e-5)


def test_a_batch_without_labels_learns_from_the_teacher_alone(tmp_path: Path):
    unlabelled = window([EVEN], [NO_LABEL], []) | {"answers": [[0.0, float(np.log(9))]]}
    assert loss(tmp_path, 0.0, unlabelled).item() == pytest.approx(apart(0.5, 0.9), rel=1e-5)


def after_one_step(folder: Path, windows: list[dict[str, Any]], batch_size: int) -> torch.Tensor:
    """The parameters after a step of gradient descent, in batches of that many windows."""
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=batch_size,
        gradient_accumulation_steps=len(windows) // batch_size,
        max_steps=1,
        learning_rate=1.0,
        lr_scheduler_type="constant",
        optim="sgd",
        max_grad_norm=0.0,
        use_cpu=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
    )
    trainer = SentenceTrainer(
        model=Table(),
        args=arguments,
        train_dataset=windows,
        data_collator=collate,
        consistency=1.0,
        imitation=1.0,
        leaf_weights=WEIGHTS,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return trainer.model.logits.detach()


def test_a_step_is_the_same_in_one_batch_or_several(tmp_path: Path):
    windows = [
        window([MOSTLY], [0], []),
        window([EVEN, SURELY, EVEN, SURELY], [1, 1, 1, 1], []),
        window([MOSTLY, MOSTLY], [1, NO_LABEL], []),
        window([SURELY], [0], []),
    ]
    whole = after_one_step(tmp_path, windows, batch_size=4)
    assert not torch.equal(whole, PROBABILITIES.log())
    for batch_size in (1, 2):
        assert torch.allclose(after_one_step(tmp_path, windows, batch_size), whole, atol=1e-6)


@pytest.mark.parametrize("multi_label", [False, True])
def test_soft_and_several_labels_weigh_what_their_mean_is_divided_by(multi_label: bool):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 2, 2, generator=generator)
    labels = torch.tensor(
        [[[1, 0], [0.5, 0.5]], [[0, 1], [NO_LABEL, NO_LABEL]], [[0.2, 0.8], [0, 1]]],
    )
    whole = label_loss(logits, labels, WEIGHTS, multi_label)
    total = label_weight(labels, WEIGHTS, multi_label)
    parts = [
        label_loss(logits[[row]], labels[[row]], WEIGHTS, multi_label)
        * label_weight(labels[[row]], WEIGHTS, multi_label)
        for row in range(3)
    ]
    assert (sum(parts) / total).item() == pytest.approx(whole.item(), rel=1e-5)
