"""Regularisation under trial: layer-wise rates, frozen embeddings, dropout, averaged weights."""

from __future__ import annotations

import re
from typing import Any

import torch
from transformers import (
    PreTrainedModel,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from framelens.training.settings import TrainSettings

__all__ = ["Averaging", "layered_optimizer", "set_dropout"]


def layered_optimizer(model: PreTrainedModel, settings: TrainSettings) -> torch.optim.Optimizer:
    """AdamW with a rate for each layer; biases and norms do not decay."""
    layers = model.config.num_hidden_layers
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if "embeddings" in name:
            depth = layers + 1
            parameter.requires_grad_(not settings.freeze_embeddings)
        elif found := re.search(r"layer\.(\d+)\.", name):
            depth = layers - int(found[1])
        else:
            depth = 0
        if parameter.requires_grad:
            decays = parameter.ndim > 1
            groups.setdefault((depth, decays), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": settings.learning_rate * settings.layer_decay**depth,
                "weight_decay": settings.weight_decay * decays,
            }
            for (depth, decays), parameters in groups.items()
        ],
        fused=True,
    )


def set_dropout(model: PreTrainedModel, rate: float) -> None:
    """Set the rate of every dropout in the network."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = rate


class Averaging(TrainerCallback):
    """The mean of the weights over the last steps."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._steps = 0
        self.weights: dict[str, torch.Tensor] = {}

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: Any = None,
        **_: Any,
    ) -> None:
        """Add the weights of every tenth step."""
        if state.global_step <= (1 - self._share) * state.max_steps or state.global_step % 10:
            return
        self._steps += 1
        for name, tensor in model.state_dict().items():
            if not self.weights or name not in self.weights:
                self.weights[name] = tensor.detach().clone()
            elif tensor.dtype.is_floating_point:
                self.weights[name].lerp_(tensor.detach(), 1 / self._steps)
