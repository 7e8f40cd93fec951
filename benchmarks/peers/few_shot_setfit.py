"""SetFit on a draw of labelled sentences: ``few_shot_setfit.py DRAW ANSWERS [ITERATIONS]``.

All as its documentation has it, which is one epoch over the pairs of all sentences; with
ITERATIONS each sentence is in that many pairs of each kind, as in its authors' experiments.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments


def main(source: Path, target: Path, iterations: int | None) -> None:
    """Train on the sentences of a draw, and write the probabilities of the others' labels."""
    draw = json.loads(source.read_text(encoding="utf-8"))
    model = SetFitModel.from_pretrained(draw["base"])
    train = Dataset.from_list(
        [{"text": text, "label": draw["labels"].index(label)} for text, label in draw["train"]]
    )
    begin, computed = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_iterations=iterations,
            seed=draw["seed"],
            report_to="none",
            show_progress_bar=False,
        )
        Trainer(model=model, args=arguments, train_dataset=train).train()
    answers = {
        "seconds": time.perf_counter() - begin,
        "processor_seconds": time.process_time() - computed,
    }
    probabilities = model.predict_proba([text for text, _ in draw["test"]], as_numpy=True)
    answers["probabilities"] = probabilities.tolist()
    target.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else None)
