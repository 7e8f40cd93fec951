"""What each setting of the shipped model gains, on a held-out part of its training data.

Run alone on the machine, with the folder that holds the texts of the annotations:
``python -m benchmarks.ablation --texts FOLDER``. Every row trains with the settings of
``seeds/train.yaml`` but for one, once for each seed, on a share of the training documents. A
seed draws the held-out part and then this share, the same for all rows, so rows compare seed by
seed; a row without some files leaves their documents out of its share. The test files are only
kept out. Trainings are kept in ``benchmarks/ablation.json`` as they finish, under a hash of what
they are made of, and those that are there are not repeated; the table of those with the present
settings goes to ``benchmarks/ablation.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from transformers import PreTrainedModel, set_seed

from benchmarks.machine import machine
from benchmarks.report import mean_and_deviation, write_whole
from benchmarks.report import table as markdown_table
from framelens.data import Corpus, read_corpus
from framelens.model import Artefact, FramingClassifier, read_scheme
from framelens.model.artefact import Canary, Manifest
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.base import load_base
from framelens.training.evaluation.sides import measure_sides
from framelens.training.export import export_model
from framelens.training.provenance import provenance
from framelens.training.run import Run, read_run
from framelens.training.settings import TrainSettings, read_settings
from framelens.training.tasks import learn, learn_first_tasks

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
RESULTS = HERE / "ablation.json"
SHIPPED = "as shipped"
FIGURES = ("macro_f1", "leaf_macro_f1")
DOCUMENTS_SWAPPED = 150
FIRST_TASKS = ("adaptation", "attribution")
DECIDE_THE_ENCODER = (
    *("output", "scheme", "texts", "test", "base", "window", "separators", "device"),
    *("adaptation", "adaptation_epochs", "attribution", "attribution_epochs"),
    *("batch_size", "learning_rate", "weight_decay"),
)
"""The settings that first tasks depend on, beside the files whose sentences they must not see."""


def rows(texts: Path) -> dict[str, dict[str, Any]]:
    """The settings that each row changes, by its name."""
    documents = sorted((SEEDS / "documents").glob("*.jsonl"))
    annotations = SEEDS / "annotations"
    return {
        SHIPPED: {},
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


def row_settings(texts: Path, seed: int = 0, epochs: int = 2) -> dict[str, TrainSettings]:
    """The settings of each row, by its name."""
    common = {
        "texts": texts,
        "attribution": texts / "polnear_attribution.parquet",
        "output": HERE / "ablation",
        "held_out": 0.06,
        "held_out_from": "",
        "seed": seed,
        "epochs": epochs,
    }
    return {
        name: read_settings(SEEDS / "train.yaml", {**common, **changes})
        for name, changes in rows(texts).items()
    }


def main() -> None:
    """Train what is missing, and write the table."""
    parser = argparse.ArgumentParser("python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; all without any")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.15, help="of the training documents")
    parser.add_argument("--sides", action="store_true", help="measure flips too")
    parser.add_argument("--encoders", type=Path, default=HERE / "encoders", help="kept encoders")
    arguments = parser.parse_args()
    for seed in range(arguments.seeds):
        _train_missing(seed, arguments)
    settings = row_settings(arguments.texts, epochs=arguments.epochs)
    hashes = {name: made_of(each, arguments.share) for name, each in settings.items()}
    trained = f"{arguments.epochs} epochs, {arguments.share:.0%} of the training documents.\n\n"
    text = trained + table(_results(), hashes)
    write_whole(HERE / "ablation.md", text)
    print(text)


def _train_missing(seed: int, arguments: argparse.Namespace) -> None:
    """Train the rows that have no result with a seed, all from data that are split once."""
    settings = row_settings(arguments.texts, seed, arguments.epochs)
    whole = None
    for name in arguments.rows or settings:
        key = {"settings": made_of(settings[name], arguments.share), "seed": seed}
        if is_there(_results(), key, arguments.sides):
            continue
        console = Console()
        console.print(f"{name}, seed {seed}")
        whole = whole or read_run(settings[SHIPPED], console)
        fitting = part(whole, settings[name], arguments.share)
        outcome = _train(whole, settings[name], fitting, arguments)
        result = {**key, "row": name, "machine": machine(), **outcome.pop("held_out"), **outcome}
        others = [each for each in _results() if not key.items() <= each.items()]
        write_whole(RESULTS, json.dumps([*others, result], indent=2) + "\n")


def made_of(settings: TrainSettings, share: float = 1.0) -> str:
    """A hash of what a training is made of but its seed: settings, and files wherever they lie."""
    scheme = read_scheme(settings.scheme)
    facts = provenance(settings, scheme)
    content = {name: facts[name] for name in ("settings", "scheme", "base_sha256", "files")}
    content["settings"] = {
        name: value
        for name, value in facts["settings"].items()
        if name not in ("name", "version", "seed")
    }
    return hashlib.sha256(json.dumps([content, share], sort_keys=True).encode()).hexdigest()[:16]


def is_there(results: Sequence[Mapping[str, Any]], key: Mapping[str, Any], flips: bool) -> bool:
    """Whether there is a result with this key, with its flips where they are asked for."""
    return any(
        key.items() <= result.items() and ("flips" in result or not flips) for result in results
    )


def part(whole: Run, settings: TrainSettings, share: float) -> Corpus:
    """The documents that a row learns from: its files' ones of the share of all."""
    drawn = [each for each in whole.fitting if is_drawn(each.text, settings.seed, share)]
    if [path.name for path in settings.data] == [path.name for path in whole.settings.data]:
        return drawn
    own = {each.id for each in read_corpus(settings.data, whole.scheme, settings.texts)}
    return [each for each in drawn if each.id in own]


def is_drawn(text: str, seed: int, share: float) -> bool:
    """Whether a seed draws a document, whatever others there are."""
    # With other bytes than the split ranks by, which took the lowest for the held-out part.
    digest = hashlib.sha256(f"share {seed}\n{text}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def _train(
    whole: Run, settings: TrainSettings, fitting: Corpus, arguments: argparse.Namespace
) -> dict[str, Any]:
    """How a training went, with the share of flips where it is asked for."""
    with tempfile.TemporaryDirectory() as folder:
        settings = dataclasses.replace(settings, output=Path(folder) / "model")
        settings = _after_first_tasks(whole, settings, arguments.encoders)
        run = dataclasses.replace(whole, settings=settings, fitting=fitting)
        artefact = Path(folder) / "artefact"
        artefact.mkdir()
        model, outcome = learn(run, artefact)
        return outcome | ({"flips": _flips(run, model, artefact)} if arguments.sides else {})


def _after_first_tasks(whole: Run, settings: TrainSettings, encoders: Path) -> TrainSettings:
    """The settings with the encoder that first tasks leave, made once for all that share it."""
    tasks = [task for task in FIRST_TASKS if getattr(settings, task)]
    if not tasks:
        return settings
    chosen = encoder_settings(settings, whole.settings.data)
    encoder = encoders / "-".join([*tasks, made_of(chosen)])
    # Written last.
    if not (encoder / "tokenizer.json").exists():
        _learn_first_tasks(dataclasses.replace(whole, settings=chosen), encoder)
    return dataclasses.replace(settings, adaptation=None, attribution=None, base=str(encoder))


def encoder_settings(settings: TrainSettings, data: list[Path]) -> TrainSettings:
    """The settings that decide what first tasks leave; all others have their defaults."""
    chosen = {name: getattr(settings, name) for name in DECIDE_THE_ENCODER}
    return TrainSettings(data=data, **chosen)


def _learn_first_tasks(run: Run, encoder: Path) -> None:
    """Save the encoder; no article with a labelled sentence of any kind is among its texts."""
    run = dataclasses.replace(run, held_out=[*run.fitting, *run.held_out])
    set_seed(run.settings.seed)
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
    settings = run.settings
    manifest = Manifest(
        name="trial",
        version="0",
        window=settings.window,
        overlap=settings.overlap,
        temperature=1.0,
        canary=Canary("", {}),
        separators=settings.separators,
    )
    Artefact.seal(folder, manifest)
    classifier = FramingClassifier.load(folder)
    sides = measure_sides(classifier, run.held_out[:DOCUMENTS_SWAPPED], run.swaps.tested)
    return float(sides.effect.flips.value)


def _results() -> list[dict[str, Any]]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []


def table(results: Sequence[Mapping[str, Any]], hashes: Mapping[str, str]) -> str:
    """Each row's means over its seeds, and how far it is from the shipped settings seed by seed.

    Args:
        results: those of all trainings, also with settings that are no row's.
        hashes: what each row is made of, by its name.
    """
    header = ["", "seeds", "macro-F1", "difference", "leaf macro-F1", "difference", "flips"]
    found = {
        name: {result["seed"]: result for result in results if result["settings"] == made}
        for name, made in hashes.items()
    }
    rows = [
        (name, str(len(row)), *_cells(row, found[SHIPPED] if name != SHIPPED else {}))
        for name, row in found.items()
        if row
    ]
    return "\n".join(markdown_table(header, rows))


def _cells(
    row: Mapping[int, Mapping[str, Any]], shipped: Mapping[int, Mapping[str, Any]]
) -> list[str]:
    cells = []
    for figure in FIGURES:
        gains = [row[seed][figure] - shipped[seed][figure] for seed in row if seed in shipped]
        mean = statistics.mean(result[figure] for result in row.values())
        cells += [f"{mean:.3f}", mean_and_deviation(gains, 3, "+") if gains else ""]
    flips = [result["flips"] for result in row.values() if "flips" in result]
    return [*cells, f"{statistics.mean(flips):.1%}" if flips else ""]


if __name__ == "__main__":
    main()
