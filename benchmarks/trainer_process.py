"""A few steps of training in a process of its own.

``python -m benchmarks.trainer_process stock|framelens STEPS`` trains on the seed documents and
writes the tokens of every step, with padding and without, and its seconds, in JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import torch
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from framelens.data import read_corpus
from framelens.model import Scheme
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.arguments import training_arguments
from framelens.training.base import PACKAGED, base_folder, load_base
from framelens.training.examples import NO_LABEL, collate, make_examples
from framelens.training.memory import keep_memory
from framelens.training.settings import TrainSettings
from framelens.training.trainer import SentenceTrainer, class_weights

__all__ = ["OURS", "STOCK", "WINDOW", "WINDOWS", "main"]

SEEDS = Path(__file__).parents[1] / "seeds"
DOCUMENTS = sorted((SEEDS / "documents").glob("*.jsonl"))
SCHEME = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")
STOCK, OURS = "stock", "framelens"
WINDOW, WINDOWS = 128, 32

Collate = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, torch.Tensor]]


class Watch(TrainerCallback):
    """Counts and times the steps; the first, which warms up, counts for nothing."""

    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []
        self._tokens: list[tuple[int, int]] = []
        self._begin = 0.0

    def counted(self, make_batch: Collate) -> Collate:
        """A collator that counts the tokens of its batches."""

        def collate_and_count(examples: Sequence[Mapping[str, Any]]) -> Mapping[str, torch.Tensor]:
            batch = make_batch(examples)
            mask = batch["attention_mask"]
            self._tokens.append((mask.numel(), int(mask.sum())))
            return batch

        return collate_and_count

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._begin = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, *_: Any, **__: Any) -> None:
        seconds = time.perf_counter() - self._begin
        tokens, text_tokens = self._tokens[state.global_step - 1]
        if state.global_step > 1:
            step = {"tokens": tokens, "text_tokens": text_tokens, "seconds": seconds}
            self.steps.append(step)


def main(kind: str, steps: int) -> None:
    """Train, and write the steps."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as name:
        trainer = (_stock if kind == STOCK else _framelens)(Path(name), steps + 1, watch)
        trainer.add_callback(watch)
        trainer.train()
    print(json.dumps(watch.steps))


def _stock(folder: Path, steps: int, watch: Watch) -> Trainer:
    """The Trainer as it comes, on the same windows with a label for every token."""
    source = base_folder(PACKAGED)
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForTokenClassification.from_pretrained(source, num_labels=len(SCHEME.leaves))
    tokenizer.save_pretrained(folder)
    return Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=steps,
            per_device_train_batch_size=WINDOWS,
            use_cpu=True,
            disable_tqdm=True,
            report_to="none",
        ),
        train_dataset=_token_labels(_examples(folder)),
        data_collator=watch.counted(DataCollatorForTokenClassification(tokenizer)),
    )


def _framelens(folder: Path, steps: int, watch: Watch) -> Trainer:
    """What ``framelens train`` makes of its default settings, but for the size of a batch."""
    keep_memory()
    settings = TrainSettings(DOCUMENTS, folder / "model", batch_size=WINDOWS, device="cpu")
    model, tokenizer = load_base(settings.base, SCHEME, settings.window)
    tokenizer.save_pretrained(folder)
    examples = _examples(folder)
    labels = [label for row in examples["labels"] for label in row if label != NO_LABEL]
    arguments = training_arguments(settings, folder, len(examples), 1)
    arguments.max_steps = steps
    return SentenceTrainer(
        model=model,
        args=arguments,
        train_dataset=examples,
        data_collator=watch.counted(collate),
        consistency=settings.consistency,
        imitation=settings.imitation,
        leaf_weights=class_weights(labels, len(SCHEME.leaves), settings.class_weighting),
    )


def _examples(folder: Path) -> datasets.Dataset:
    tokenizer = SentenceTokenizer(folder / "tokenizer.json", separators=True)
    return make_examples(read_corpus(DOCUMENTS, SCHEME), SCHEME, tokenizer, WINDOW)


def _token_labels(examples: datasets.Dataset) -> datasets.Dataset:
    rows = zip(examples["input_ids"], examples["sentence_ids"], examples["labels"], strict=True)
    return datasets.Dataset.from_list(
        [
            {
                "input_ids": ids,
                "attention_mask": [1] * len(ids),
                "labels": [NO_LABEL if each < 0 else labels[each] for each in numbers],
            }
            for ids, numbers, labels in rows
        ]
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
