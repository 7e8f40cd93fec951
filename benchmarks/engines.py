"""Engines over the same artefact and the same documents, in turns, each in its own process."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from benchmarks.contenders import Models
from benchmarks.conversions import base_network, dynamic_int8, fused, post_training_int8
from benchmarks.documents import Documents, read_documents
from benchmarks.efforts import Effort
from benchmarks.engine_process import OURS
from benchmarks.engine_turns import Engine, EngineProcess, Measured
from benchmarks.environments import MissingError, pinned_versions
from benchmarks.figures import MEGABYTE
from benchmarks.ideal import operations_per_token
from benchmarks.machine import versions
from benchmarks.plain_engines import batches, read_windows
from benchmarks.processes import module, run_to_the_end
from benchmarks.report import number, paragraph, percent, skipped_lines, spread, table, write_report
from framelens.model import Artefact
from framelens.training.base import PACKAGED, base_folder

__all__ = ["compare_engines"]

FORMATS = ("f32", "bf16", "int8")
"""The widest first."""

REFERENCE = "torch f32"
LONG_WINDOW = 256
PLAIN = f"openvino bf16, window {LONG_WINDOW}"
BASE = f"{PLAIN}, {PACKAGED}"
"""What framelens's engine is measured against: its own network, and the base with a new head."""

CALIBRATION_DOCUMENTS = 60
CALIBRATION_BATCHES = 60


def compare_engines(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Measure every engine there is, and write ``engines.md`` and ``engines.json``."""
    artefact = Artefact.load(models.artefact)
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        scratch = Path(name)
        texts = scratch / "texts.json"
        texts.write_text(json.dumps(documents.texts), encoding="utf-8")
        processes: dict[str, EngineProcess] = {}
        for engine in _engines(artefact, scratch, skipped):
            print(f"engines: loading {engine.name}", flush=True)
            try:
                processes[engine.name] = stack.enter_context(EngineProcess(engine, scratch, texts))
            except MissingError as error:
                skipped[engine.name] = str(error)
        for turn in range(effort.rounds):
            for name, process in processes.items():
                print(f"engines: round {turn + 1}, {name}", flush=True)
                process.take_turn(turn, effort.rounds)
        measured = {name: process.measured for name, process in processes.items()}
    return _write(artefact, documents, measured, skipped, effort, folder)


def _engines(artefact: Artefact, folder: Path, skipped: dict[str, str]) -> Iterator[Engine]:
    """The engines, with the networks that they need; what cannot be made is skipped."""
    window, model = artefact.manifest.window, str(artefact.folder)
    network = artefact.folder / "model.onnx"
    fused_network = fused(artefact.folder, folder)
    sources = {
        REFERENCE: artefact.folder,
        "torch bf16": artefact.folder,
        "onnxruntime f32": fused_network,
        "onnxruntime int8": dynamic_int8(fused_network, folder),
        "openvino f32": network,
        "openvino bf16": network,
    }
    try:
        windows = _calibration_windows(artefact)
        sources["openvino int8"] = post_training_int8(network, windows, folder)
    except MissingError as error:
        skipped["openvino int8"] = str(error)
    for name, source in sources.items():
        engine, precision = name.split()
        yield Engine(name, engine, model, precision, source, window)
    yield Engine(PLAIN, "openvino", model, "bf16", network, LONG_WINDOW)
    base = base_network(artefact.scheme, LONG_WINDOW, folder)
    yield Engine(BASE, "openvino", model, "bf16", base, LONG_WINDOW)
    yield Engine(OURS, OURS, model)


def _calibration_windows(artefact: Artefact) -> list[Any]:
    """Windows of seed documents, of all lengths."""
    documents = read_documents(None, CALIBRATION_DOCUMENTS, seed=1)
    manifest = artefact.manifest
    windows, _ = read_windows(
        documents.texts, artefact.tokenizer(), manifest.window, manifest.overlap
    )
    step = max(1, len(windows) // CALIBRATION_BATCHES)
    return [batch for window in windows[::step] for batch in batches([window.ids])]


def _products(rounds: int) -> dict[str, float]:
    done = run_to_the_end(module("benchmarks.ideal", str(rounds)))
    products: dict[str, float] = json.loads(done.output)
    return products


def _agreement(
    name: str, measured: Measured, reference: Measured, label: str | None = None
) -> float:
    """The share of the reference's labels, or of one of them, that an engine gives too."""
    if name == BASE:
        return math.nan
    pairs = zip(measured.labels, reference.labels, strict=True)
    same = [one == other for one, other in pairs if label in (None, other)]
    return sum(same) / len(same) if same else math.nan


def _ideal_share(
    name: str, measured: Measured, artefact: Artefact, products: Mapping[str, float]
) -> float:
    """The engine's rate, as a share of what the best product of its number format allows."""
    network = cast(Path, base_folder(PACKAGED)) if name == BASE else artefact.folder
    window = LONG_WINDOW if name in (PLAIN, BASE) else artefact.manifest.window
    operations = operations_per_token(network, window)
    best = _best_product(measured.precision, products)
    return measured.rate(measured.tokens).median * operations / best


def _best_product(precision: str, products: Mapping[str, float]) -> float:
    """Operations a second in a number format or a wider one, as a processor without it computes."""
    formats = FORMATS[: FORMATS.index(precision) + 1]
    return max(products[each] for each in formats)


def _row(
    name: str, measured: Mapping[str, Measured], artefact: Artefact, products: Mapping[str, float]
) -> dict[str, Any]:
    """The figures of one engine, some of them against the others."""
    each, reference = measured[name], measured[REFERENCE]
    return {
        "tokens_per_second": each.rate(each.tokens),
        "sentences_per_second": each.rate(each.sentences),
        "against_plain": each.against(measured[PLAIN]),
        "against_base": each.against(measured[BASE]),
        "share_of_ideal": _ideal_share(name, each, artefact, products),
        "peak_bytes": each.peak,
        "start_seconds": each.start_seconds,
        "agreement": _agreement(name, each, reference),
        "agreement_by_label": {
            label: _agreement(name, each, reference, label) for label in artefact.scheme.label_names
        },
        "seconds": each.seconds,
    }


def _write(
    artefact: Artefact,
    documents: Documents,
    measured: Mapping[str, Measured],
    skipped: Mapping[str, str],
    effort: Effort,
    folder: Path,
) -> Path:
    products = _products(effort.products)
    rows = {name: _row(name, measured, artefact, products) for name in measured}
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "onnxruntime", "openvino", "torch", "transformers"))
        | {"nncf": pinned_versions("nncf")["nncf"]},
        "effort": effort,
        "operations_per_second": products,
        "operations_per_token": operations_per_token(artefact.folder, artefact.manifest.window),
        "skipped": skipped,
        "engines": rows,
    }
    return write_report(
        folder, "engines", _page(documents, measured[REFERENCE], rows, content), content
    )


def _page(
    documents: Documents,
    reference: Measured,
    rows: Mapping[str, Mapping[str, Any]],
    content: Mapping[str, Any],
) -> Iterator[str]:
    yield "Engines"
    yield paragraph(
        f"{len(documents.texts):,} documents ({documents.source}), {len(reference.labels):,} "
        f"sentences, {sum(reference.tokens):,} tokens, each counted once. Medians of "
        f"{content['effort'].rounds} rounds, in each of which the engines take turns with another "
        "part of the documents; splitting into sentences, tokenizing and overlapping windows are "
        "included. *spread* is the lowest and the highest round against the median, *against "
        f"plain* the rate over that of {PLAIN}, *against base* that over the same engine and "
        f"window with {PACKAGED} and a new head, *ideal* the rate over what the best matrix "
        "product in its number format or a wider one allows; start is to the first label."
    )
    yield ""
    yield from _rate_table(rows)
    yield from skipped_lines(content["skipped"])
    best = (f"{name} {rate / 1e12:.2f}" for name, rate in content["operations_per_second"].items())
    yield paragraph(
        f"Best matrix products, in 10^12 operations a second: {', '.join(best)}; the model takes "
        f"{content['operations_per_token'] / 1e6:.1f} million operations a token."
    )
    yield from ("", f"## The same labels as {REFERENCE}", "")
    yield from _agreement_table(rows)


def _rate_table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return table(
        (
            *("engine", "tokens/s", "sentences/s", "spread", "against plain", "against base"),
            *("ideal", "peak memory, MB", "start, s"),
        ),
        [
            (
                name,
                number(row["tokens_per_second"].median),
                number(row["sentences_per_second"].median),
                spread(row["tokens_per_second"]),
                number(row["against_plain"], 2),
                number(row["against_base"], 2),
                percent(row["share_of_ideal"]),
                number(row["peak_bytes"] / MEGABYTE),
                number(row["start_seconds"], 1),
            )
            for name, row in rows.items()
        ],
    )


def _agreement_table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    labels = list(rows[REFERENCE]["agreement_by_label"])
    return table(
        ("engine", "all", *labels),
        [
            (
                name,
                percent(row["agreement"]),
                *(percent(row["agreement_by_label"][label]) for label in labels),
            )
            for name, row in rows.items()
        ],
    )
