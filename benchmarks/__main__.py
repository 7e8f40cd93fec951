"""``python -m benchmarks``: every part of the benchmark, or those that are named."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from transformers.utils import logging

from benchmarks import environments
from benchmarks.contenders import Models
from benchmarks.documents import Documents, read_documents
from benchmarks.efforts import FULL, QUICK, Effort
from benchmarks.engines import compare_engines
from benchmarks.growth import measure_growth
from benchmarks.offline import compare_offline
from benchmarks.overload import overload
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
    "growth": measure_growth,
    "overload": overload,
    "soak": soak,
    "training": lambda models, documents, effort, folder: compare_training(effort, folder),
}
"""What each part is called, and what measures it and writes its report."""


def main() -> None:
    """Install the peers, run the parts, and print where each report stands."""
    arguments = _parser().parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    effort = QUICK if arguments.quick else FULL
    output = arguments.output or (QUICK_OUTPUT if arguments.quick else HERE)
    environments.install()
    with tempfile.TemporaryDirectory() as folder:
        artefact = Artefact.load(arguments.model)
        models = Models(str(artefact.folder.resolve()), Path(folder))
        export_sentence_classifier(artefact, models.exported)
        for part in arguments.parts or PARTS:
            count = effort.scored if part == "offline" else effort.documents
            documents = read_documents(arguments.texts, count)
            print(PARTS[part](models, documents, effort, output))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="|".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="see that it works; no figures")
    parser.add_argument("--texts", type=Path, help="folder with unlabelled.parquet; seeds without")
    parser.add_argument("--model", default=DEFAULT, help="folder or name of an artefact")
    parser.add_argument("--output", type=Path, help="folder for the reports")
    return parser


if __name__ == "__main__":
    main()
