"""Contrastive fine-tuning: sentences of one leaf come together, those of others move apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import PreTrainedModel

from framelens.training.examples import NO_LABEL, collate
from framelens.training.trainer import pool_sentences

__all__ = ["ContrastModel", "collate_contrast", "contrast"]

SHARPNESS = 10.0
"""How much closer a neighbour must be to count e times as much: inverse temperature of the loss."""

# Not infinite, since a batch may have one sentence, and its gradient would be no number.
_NEVER = -1e4


class ContrastModel(torch.nn.Module):
    """An encoder that learns from all pairs of labelled sentences in a batch at once.

    SetFit (Tunstall et al. 2022, arXiv 2209.11055) learns the cosines of pairs one by one; with
    the supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362) a batch of sentences
    has all pairs of them in one step, so that few steps are needed.
    """

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder: torch.nn.Module = encoder

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        sentence_ids: torch.Tensor,
        labels: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """The loss of a batch, see :func:`collate_contrast`.

        The encoder is a token classifier without its head.
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).logits
        sentences = pool_sentences(states, sentence_ids, labels.shape[1])
        labelled = labels != NO_LABEL
        return {"loss": contrast(sentences[labelled], labels[labelled])}


def collate_contrast(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad windows to the longest of a batch, see :func:`collate`."""
    batch = collate(examples)
    return {name: batch[name] for name in ("input_ids", "attention_mask", "sentence_ids", "labels")}


def contrast(states: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Supervised contrastive loss of states ``[sentences, size]`` with labels ``[sentences]``.

    How surprising it is, in nats, that a sentence's neighbour has its label, for the mean sentence
    with such a neighbour; zero where none has one.
    """
    directions = torch.nn.functional.normalize(states.float())
    # A product under autocast would round the cosines to bf16.
    with torch.autocast(states.device.type, enabled=False):
        closeness = SHARPNESS * directions @ directions.T
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    chances = closeness.masked_fill(itself, _NEVER).log_softmax(dim=1)
    alike = (labels.unsqueeze(0) == labels.unsqueeze(1)) & ~itself
    neighbours = alike.sum(dim=1)
    losses = -(chances * alike).sum(dim=1) / neighbours.clamp(min=1)
    return losses.sum() / (neighbours > 0).sum().clamp(min=1)
