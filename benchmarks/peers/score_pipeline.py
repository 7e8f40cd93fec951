"""A script of datasets.map and a pipeline: ``score_pipeline.py MODEL INPUT.jsonl OUTPUT.jsonl``.

Texts are split into sentences, these are mapped to labels in batches of 32, and written.
"""

from __future__ import annotations

import sys
from typing import Any

import nupunkt
from datasets import load_dataset
from transformers import pipeline


def split(batch: dict[str, list[str]]) -> dict[str, list[str]]:
    """A row for each sentence."""
    lines = (line for text in batch["text"] for line in text.splitlines() if line.strip())
    return {"sentence": [each for line in lines for each in nupunkt.sent_tokenize(line)]}


def main(model: str, source: str, target: str) -> None:
    """Score a file, and print the number of sentences."""
    classifier = pipeline("text-classification", model, trust_remote_code=True, batch_size=32)

    def classify(batch: dict[str, list[str]]) -> dict[str, list[Any]]:
        answers = classifier(batch["sentence"], truncation=True)
        return {name: [answer[name] for answer in answers] for name in ("label", "score")}

    rows = load_dataset("json", data_files=source, split="train")
    sentences = rows.map(split, batched=True, remove_columns=rows.column_names)
    scored = sentences.map(classify, batched=True)
    scored.to_json(target)
    print(len(scored))


if __name__ == "__main__":
    main(*sys.argv[1:])
