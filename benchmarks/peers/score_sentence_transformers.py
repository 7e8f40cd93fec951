"""sentence-transformers' own batching: ``score_sentence_transformers.py MODEL INPUT OUTPUT``.

The encoder, a mean over a sentence's tokens and a linear layer are its usual modules, so that
``encode`` yields the logits of leaves; it sorts sentences by length and takes 32 at a time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import nupunkt
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules


class InnerMean(modules.Pooling):
    """The mean over a sentence's tokens but for the special ones at its ends."""

    def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Add the embedding of each sentence."""
        mask = features["attention_mask"]
        inner = mask[:, 1:] * torch.nn.functional.pad(mask[:, 2:], (0, 1))
        features["attention_mask"] = torch.nn.functional.pad(inner, (1, 0))
        return super().forward(features)


def load(folder: Path) -> SentenceTransformer:
    """The exported model in bf16."""
    encoder = modules.Transformer(str(folder), model_kwargs={"dtype": torch.bfloat16})
    weights = load_file(folder / "model.safetensors")
    head = modules.Dense(
        encoder.get_embedding_dimension(),
        len(weights["classifier.bias"]),
        activation_function=torch.nn.Identity(),
        init_weight=weights["classifier.weight"],
        init_bias=weights["classifier.bias"],
    )
    layers = [encoder, InnerMean(encoder.get_embedding_dimension()), head.to(torch.bfloat16)]
    return SentenceTransformer(modules=layers, device="cpu")


def labels(logits: np.ndarray, config: dict[str, Any]) -> list[str]:
    """The likeliest public label of each sentence."""
    powers = np.exp(logits / config["calibration_temperature"])
    leaves = powers / powers.sum(axis=1, keepdims=True)
    names = config["id2label"]
    return [names[str(best)] for best in (leaves @ np.array(config["folding"])).argmax(axis=1)]


def main(folder: Path, source: Path, target: Path) -> None:
    """Score a file, and print the number of sentences."""
    model = load(folder)
    texts = [json.loads(line)["text"] for line in source.open(encoding="utf-8")]
    lines = (line for text in texts for line in text.splitlines() if line.strip())
    sentences = [each for line in lines for each in nupunkt.sent_tokenize(line)]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    found = labels(model.encode(sentences, batch_size=32), config)
    with target.open("w", encoding="utf-8") as file:
        for sentence, label in zip(sentences, found, strict=True):
            file.write(json.dumps({"sentence": sentence, "label": label}) + "\n")
    print(len(sentences))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
