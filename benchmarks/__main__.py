"""``python -m benchmarks``: every part of the benchmark, or those that are named."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from transformers.utils import logging

from benchmarks import environments
from benchmarks.bulk import measure_bulk
from benchmarks.contenders import Models
from benchmarks.documents import Documents, read_documents
from benchmarks.efforts import FULL, QUICK, Effort
from benchmarks.engines import compare_engines
from benchmarks.few_shot import SETFIT
from benchmarks.growth import measure_growth
from benchmarks.offline import compare_offline
from benchmarks.overload import overload
from benchmarks.public_sets import SETS
from benchmarks.retraining import compare_retraining
from benchmarks.scale import measure_scale
from benchmarks.sentence_classifier import export_sentence_classifier
from benchmarks.servers import compare_servers
from benchmarks.soak import soak
from benchmarks.training import compare_training
from framelens.model import DEFAULT, Artefact

HERE = Path(__file__).parent
QUICK_OUTPUT = HERE.parent / "runs" / "benchmarks"
PARTS: dict[str, Callable[[Models, Documents, Effort, Path], Path]] = {
    "engines": compare_engines,
    "servers": compare_servers,
    "offline": compare_offline,
    "bulk": measure_bulk,
    "scale": measure_scale,
    "growth": measure_growth,
    "overload": overload,
    "soak": soak,
}
"""What each part that serves a model is called, and what measures it and writes its report."""
TRAINING = ("training", "retraining")
"""The parts that train models, and need none."""


def main() -> None:
    """Install the peers, run the parts, and print where each report stands."""
    parser = _parser()
    arguments = parser.parse_args()
    effort = QUICK if arguments.quick else FULL
    output = arguments.output or (QUICK_OUTPUT if arguments.quick else HERE)
    parts = arguments.parts or [*PARTS, "training", *["retraining"] * arguments.sets.is_dir()]
    if "retraining" in parts and not arguments.sets.is_dir():
        parser.error(f"--sets: there is no folder {arguments.sets}")
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if "training" in parts:
        print(compare_training(effort, output))
    if "retraining" in parts:
        if not arguments.kept:
            environments.install(only=[SETFIT])
        print(compare_retraining(effort, output, arguments.sets, trains=not arguments.kept))
    if serving := [part for part in parts if part in PARTS]:
        _compare_servings(serving, arguments, effort, output)


def _compare_servings(
    parts: Sequence[str], arguments: argparse.Namespace, effort: Effort, output: Path
) -> None:
    environments.install(but=[SETFIT])
    with tempfile.TemporaryDirectory() as folder:
        artefact = Artefact.load(arguments.model)
        models = Models(str(artefact.folder.resolve()), Path(folder))
        export_sentence_classifier(artefact, models.exported)
        for part in parts:
            count = effort.scored if part in ("offline", "bulk") else effort.documents
            documents = read_documents(arguments.texts, count)
            print(PARTS[part](models, documents, effort, output))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parts = [*PARTS, *TRAINING]
    parser.add_argument("parts", nargs="*", choices=[*parts, []], metavar="|".join(parts))
    parser.add_argument("--quick", action="store_true", help="see that it works; no figures")
    parser.add_argument("--texts", type=Path, help="folder with unlabelled.parquet; seeds without")
    parser.add_argument("--sets", type=Path, default=SETS, help="folder with the public sets")
    parser.add_argument(
        "--kept", action="store_true", help="retraining: train nothing, tell what was measured"
    )
    parser.add_argument("--model", default=DEFAULT, help="folder or name of an artefact")
    parser.add_argument("--output", type=Path, help="folder for the reports")
    return parser


if __name__ == "__main__":
    main()
