"""framelens on a draw of labelled sentences: ``python -m benchmarks.few_shot_process``.

It takes ``DRAW ANSWERS METHOD``, files like those of ``peers/few_shot_setfit.py``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console

from framelens.data import Corpus, LabelledDocument, LabelledSentence, write_documents
from framelens.model import FramingClassifier, Scheme
from framelens.training import fine_tuning
from framelens.training.evaluation import predict
from framelens.training.settings import TrainSettings
from framelens.training.small_data import Encoder, learn_from_few

Draw = dict[str, Any]


def main(source: Path, target: Path, method: str) -> None:
    """Train on the sentences of a draw, and write the probabilities of the others' labels.

    The times are those of the model alone, and with the cross-validation that its temperature and
    its figures come from; export, card and evaluation are not among them.
    """
    draw = json.loads(source.read_text(encoding="utf-8"))
    whole, turns = _Watch(), _Watch()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(fine_tuning, "learn_from_few", whole.over(learn_from_few)),
        mock.patch.object(Encoder, "turn", turns.over(Encoder.turn)),
    ):
        settings = _settings(Path(folder), draw, method)
        model = fine_tuning.train(settings, Console(stderr=True))
        predictions = predict(FramingClassifier.load(model), _corpus(draw["test"]))
    answers = {
        "seconds": whole.seconds - turns.seconds,
        "processor_seconds": whole.processor_seconds - turns.processor_seconds,
        "validated_seconds": whole.seconds,
        "probabilities": predictions.label_probabilities.tolist(),
    }
    target.write_text(json.dumps(answers), encoding="utf-8")


class _Watch:
    """How long all calls of a function took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.processor_seconds = 0.0

    def over(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose calls are timed."""

        def timed(*arguments: Any) -> Any:
            begin, computed = time.perf_counter(), time.process_time()
            result = function(*arguments)
            self.seconds += time.perf_counter() - begin
            self.processor_seconds += time.process_time() - computed
            return result

        return timed


def _settings(folder: Path, draw: Draw, method: str) -> TrainSettings:
    scheme = {"name": "draw", "labels": {label: {} for label in draw["labels"]}}
    Scheme.from_dict(scheme).save(folder / "scheme.yaml")
    write_documents(folder / "train.jsonl", _corpus(draw["train"]))
    return TrainSettings(
        data=[folder / "train.jsonl"],
        scheme=folder / "scheme.yaml",
        output=folder / "model",
        base=draw["base"],
        method=method,  # type: ignore[arg-type]
        seed=draw["seed"],
    )


def _corpus(pairs: list[tuple[str, str]]) -> Corpus:
    return [
        LabelledDocument(f"{number}", text, (LabelledSentence(0, len(text), label),))
        for number, (text, label) in enumerate(pairs)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
