"""What each setting of the shipped model gains, on a held-out part of its training data.

Run alone on the machine, with the folder that holds the texts of the annotations:
``python benchmarks/ablation.py --texts FOLDER``. Every row trains with the settings of
``seeds/train.yaml`` but for one, once for each seed, on a share of the training documents; a
seed also draws this share and the held-out part, so rows compare seed by seed. The test files
are only kept out. Trainings are kept in ``benchmarks/ablation.json`` as they finish, and those
that are there are not repeated; the table goes to ``benchmarks/ablation.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import machine
from rich.console import Console
from transformers import PreTrainedModel

from framelens.data import Corpus
from framelens.model import Artefact, FramingClassifier
from framelens.model.artefact import Canary, Manifest
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.base import load_base
from framelens.training.evaluation.sides import measure_sides
from framelens.training.export import export_model
from framelens.training.run import Run, read_run
from framelens.training.settings import read_settings
from framelens.training.tasks import learn, learn_first_tasks

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
RESULTS = HERE / "ablation.json"
FIGURES = ("macro_f1", "leaf_macro_f1")
DOCUMENTS_SWAPPED = 150
FIRST_TASKS = ("adaptation", "attribution")


def rows(texts: Path) -> dict[str, dict[str, Any]]:
    """The settings that each row changes, by its name."""
    documents = sorted((SEEDS / "documents").glob("*.jsonl"))
    annotations = SEEDS / "annotations"
    return {
        "as shipped": {},
        "labelled sentences alone in a window": {"context": "excerpt"},
        "no separators of sentences": {"separators": False},
        "window of 192 tokens": {"window": 192},
        "window of 256 tokens": {"window": 256},
        "no sides swapped": {"swap_share": 0.0},
        "sides swapped in 30% of documents, consistency 1": {"swap_share": 0.3, "consistency": 1.0},
        "sides swapped, no consistency": {"consistency": 0.0},
        "no weights of leaves": {"class_weighting": "none"},
        "weights by the inverse share": {"class_weighting": "inverse"},
        "weight decay 0.1": {"weight_decay": 0.1},
        "without the second annotations": {"data": [*documents, annotations / "train.jsonl"]},
        "without the seed documents": {"data": sorted(annotations.glob("train*.jsonl"))},
        "no attribution first": {"attribution": None},
        "masked words first": {"adaptation": texts / "unlabelled.parquet"},
    }


def main() -> None:
    """Train what is missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; all without any")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.15, help="of the training documents")
    parser.add_argument("--sides", action="store_true", help="measure flips too")
    parser.add_argument("--encoders", type=Path, default=HERE / "encoders", help="kept encoders")
    arguments = parser.parse_args()
    changes = rows(arguments.texts)
    for seed in range(arguments.seeds):
        for name in arguments.rows or changes:
            _train(name, seed, changes[name], arguments)
    table = _table(json.loads(RESULTS.read_text(encoding="utf-8")))
    (HERE / "ablation.md").write_text(table, encoding="utf-8")
    print(table)


def _train(name: str, seed: int, changes: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    key = {"row": name, "seed": seed, "epochs": arguments.epochs, "share": arguments.share}
    if any(key.items() <= result.items() for result in results):
        return
    with tempfile.TemporaryDirectory() as folder:
        overrides = {
            "texts": arguments.texts,
            "attribution": arguments.texts / "polnear_attribution.parquet",
            "output": Path(folder) / "model",
            "held_out": 0.06,
            "held_out_from": "",
            "seed": seed,
            "epochs": arguments.epochs,
        }
        console = Console()
        console.print(f"{name}, seed {seed}")
        run = read_run(read_settings(SEEDS / "train.yaml", {**overrides, **changes}), console)
        run = _after_first_tasks(run, arguments.encoders)
        run = dataclasses.replace(run, fitting=_part(run, arguments.share))
        artefact = Path(folder) / "artefact"
        artefact.mkdir()
        model, outcome = learn(run, artefact)
        if arguments.sides:
            outcome["flips"] = _flips(run, model, artefact)
    results.append({**key, "machine": machine(), **outcome["held_out"], "outcome": outcome})
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _part(run: Run, share: float) -> Corpus:
    chooser = random.Random(run.settings.seed)  # noqa: S311
    return [document for document in run.fitting if chooser.random() < share]


def _after_first_tasks(run: Run, encoders: Path) -> Run:
    """The run with the encoder that its first tasks leave, made once for all rows and seeds."""
    tasks = [task for task in FIRST_TASKS if getattr(run.settings, task)]
    settings = dataclasses.replace(run.settings, adaptation=None, attribution=None)
    if tasks:
        encoder = encoders / "-".join(tasks)
        if not encoder.exists():
            _learn_first_tasks(run, encoder)
        settings = dataclasses.replace(settings, base=str(encoder))
    return dataclasses.replace(run, settings=settings)


def _learn_first_tasks(run: Run, encoder: Path) -> None:
    """Save the encoder; no article with a labelled sentence of any kind is among its texts."""
    run = dataclasses.replace(run, held_out=[*run.fitting, *run.held_out])
    model, tokenizer = load_base(run.settings.base, run.scheme, run.settings.window)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        sentence_tokenizer = SentenceTokenizer(
            Path(folder) / "tokenizer.json", run.settings.separators
        )
        learn_first_tasks(run, model, tokenizer, sentence_tokenizer)
    model.base_model.save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)


def _flips(run: Run, model: PreTrainedModel, folder: Path) -> float:
    """The share of labels that change when sides are swapped in some held-out documents."""
    run.scheme.save(folder / "scheme.yaml")
    export_model(model, folder)
    Artefact.seal(
        folder,
        Manifest("trial", "0", run.settings.window, run.settings.overlap, 1.0, Canary("", {})),
    )
    classifier = FramingClassifier.load(folder)
    sides = measure_sides(classifier, run.held_out[:DOCUMENTS_SWAPPED], run.swaps.tested)
    return float(sides.effect.flips.value)


def _table(results: list[dict[str, Any]]) -> str:
    """Mean and standard deviation over the seeds of each row."""
    lines = ["| | seeds | macro-F1 | leaf macro-F1 |", "|---|---|---|---|"]
    for name in dict.fromkeys(result["row"] for result in results):
        chosen = [result for result in results if result["row"] == name]
        cells = [_spread([result[figure] for result in chosen]) for figure in FIGURES]
        lines.append(f"| {name} | {len(chosen)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _spread(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


if __name__ == "__main__":
    main()
