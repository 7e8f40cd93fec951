"""What each setting of the shipped model gains, on a held-out part of its training data.

Run alone on the machine, with the folder that holds the texts of the annotations:
``python benchmarks/ablation.py --texts FOLDER``. Every row trains with the settings of
``seeds/train.yaml`` but for one, once for each seed; a seed also draws the held-out part, so
rows compare seed by seed. The test files are only kept out. Trainings are kept in
``benchmarks/ablation.json`` as they finish, and those that are there are not repeated; the
table goes to ``benchmarks/ablation.md``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import machine
from rich.console import Console

from framelens.training.run import read_run
from framelens.training.settings import read_settings
from framelens.training.tasks import learn

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
RESULTS = HERE / "ablation.json"
FIGURES = ("macro_f1", "leaf_macro_f1")


def rows(texts: Path) -> dict[str, dict[str, Any]]:
    """The settings that each row changes, by its name."""
    documents = sorted((SEEDS / "documents").glob("*.jsonl"))
    annotations = SEEDS / "annotations"
    return {
        "as shipped": {},
        "no attribution first": {"attribution": None},
        "masked words first": {"adaptation": texts / "unlabelled.parquet"},
        "labelled sentences alone in a window": {"context": "excerpt"},
        "window of 192 tokens": {"window": 192},
        "window of 256 tokens": {"window": 256},
        "no overlap of windows": {"overlap": 0},
        "no sides swapped": {"swap_share": 0.0},
        "sides swapped in 60% of documents": {"swap_share": 0.6},
        "no weights of leaves": {"class_weighting": "none"},
        "weights by the inverse share": {"class_weighting": "inverse"},
        "no weight decay": {"weight_decay": 0.0},
        "without the second annotations": {"data": [*documents, annotations / "train.jsonl"]},
        "without the seed documents": {"data": sorted(annotations.glob("train*.jsonl"))},
    }


def main() -> None:
    """Train what is missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; all without any")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    changes = rows(arguments.texts)
    for seed in range(arguments.seeds):
        for name in arguments.rows or changes:
            _train(name, seed, arguments.epochs, arguments.texts, changes[name])
    table = _table(json.loads(RESULTS.read_text(encoding="utf-8")))
    (HERE / "ablation.md").write_text(table, encoding="utf-8")
    print(table)


def _train(name: str, seed: int, epochs: int, texts: Path, changes: Mapping[str, Any]) -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    key = {"row": name, "seed": seed, "epochs": epochs}
    if any(key.items() <= result.items() for result in results):
        return
    with tempfile.TemporaryDirectory() as folder:
        overrides = {
            "texts": texts,
            "attribution": texts / "polnear_attribution.parquet",
            "output": Path(folder) / "model",
            "seed": seed,
            "epochs": epochs,
        }
        console = Console()
        console.print(f"{name}, seed {seed}")
        run = read_run(read_settings(SEEDS / "train.yaml", {**overrides, **changes}), console)
        _, outcome = learn(run, Path(folder))
    results.append({**key, "machine": machine(), **outcome["held_out"]})
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


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
