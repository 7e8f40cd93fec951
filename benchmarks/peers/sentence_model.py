"""The artefact's weights as a stock classifier of single sentences.

Goes into the exported folder, from where transformers loads it as a model's own code. Its
logits are the logarithms of the public labels' calibrated probabilities, so that the softmax
which every server takes of them gives framelens's answer for a sentence by itself.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import BertModel, BertPreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class SentenceForSequenceClassification(BertPreTrainedModel):
    """Averages the token logits of a sentence, and folds leaves into public labels."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(config.hidden_size, len(config.folding))
        self.post_init()

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None, **_: Any
    ) -> SequenceClassifierOutput:
        """Logits ``[sentences, labels]``."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        states = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
        # The first and the last token of a sentence are special, and no part of it.
        inner = attention_mask[:, 1:] * torch.nn.functional.pad(attention_mask[:, 2:], (0, 1))
        weights = inner.unsqueeze(2).to(states.dtype)
        means = (states[:, 1:] * weights).sum(1) / weights.sum(1).clamp(min=1)
        leaves = (self.classifier(means).float() / self.config.calibration_temperature).softmax(1)
        folding = torch.tensor(self.config.folding, device=leaves.device)
        return SequenceClassifierOutput(logits=(leaves @ folding).clamp(min=1e-9).log())
