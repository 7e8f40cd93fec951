"""A file scored from beginning to end: ``framelens score`` beside scripts of usual libraries."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.contenders import Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.environments import MissingError, pinned_versions, python_of
from benchmarks.figures import MEGABYTE, Spread
from benchmarks.machine import versions
from benchmarks.processes import run_to_the_end
from benchmarks.report import number, paragraph, skipped_lines, spread, table, write_report
from benchmarks.rows import score_rows, write_rows

__all__ = ["compare_offline"]

PEERS = Path(__file__).parent / "peers"
OURS = "framelens score"
OURS_FEW = f"{OURS}, the documents of the scripts"
ENVIRONMENT = "transformers"
SCRIPTS = {
    "datasets.map + pipeline, batch_size=32": "score_pipeline.py",
    "sentence-transformers, batch_size=32": "score_sentence_transformers.py",
}


@dataclass(frozen=True)
class _Turn:
    """One run over a file: its sentences, seconds and highest memory."""

    sentences: int
    seconds: float
    peak: float


def compare_offline(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Score the documents with each, in turns; write ``offline.md`` and ``offline.json``."""
    few = documents.texts[: effort.scored_by_peers]
    turns: dict[str, list[_Turn]] = {}
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        all_lines = write_rows(scratch / "all.jsonl", documents.texts)
        few_lines = write_rows(scratch / "few.jsonl", few)
        runs: dict[str, Callable[[], _Turn]] = {
            OURS: lambda: _score(models, all_lines, scratch),
            OURS_FEW: lambda: _score(models, few_lines, scratch),
        }
        for peer, script in SCRIPTS.items():
            runs[peer] = partial(_script, script, models, few_lines, scratch)
        for turn in range(effort.rounds):
            if turn:
                # So much text tells little more when it is read again.
                runs.pop(OURS, None)
            for runner in [each for each in runs if each not in skipped]:
                print(f"offline: round {turn + 1}, {runner}", flush=True)
                try:
                    turns.setdefault(runner, []).append(runs[runner]())
                except MissingError as error:
                    skipped[runner] = str(error)
                    del turns[runner]
    return _write(turns, skipped, documents, len(few), effort, folder)


def _score(models: Models, source: Path, scratch: Path) -> _Turn:
    target = scratch / "scored.jsonl"
    done = score_rows(models.artefact, source, target)
    with target.open(encoding="utf-8") as file:
        sentences = sum(len(json.loads(line)["sentences"]) for line in file)
    return _Turn(sentences, done.seconds, done.peak)


def _script(script: str, models: Models, source: Path, scratch: Path) -> _Turn:
    # A new cache each time: datasets would find the mapped rows of the round before.
    with tempfile.TemporaryDirectory(dir=scratch) as cache:
        done = run_to_the_end(
            [
                python_of(ENVIRONMENT),
                PEERS / script,
                models.exported,
                source,
                scratch / "scored.jsonl",
            ],
            {"HF_HOME": cache, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""},
        )
    return _Turn(int(done.output.split()[-1]), done.seconds, done.peak)


def _write(
    turns: Mapping[str, Sequence[_Turn]],
    skipped: Mapping[str, str],
    documents: Documents,
    few: int,
    effort: Effort,
    folder: Path,
) -> Path:
    rates = {
        name: Spread.of([turn.sentences / turn.seconds for turn in each])
        for name, each in turns.items()
    }
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino")) | _script_versions(),
        "effort": effort,
        "skipped": skipped,
        "sentences_per_second": rates,
        "rounds": turns,
    }
    return write_report(
        folder, "offline", _page(turns, rates, skipped, documents, few, effort), content
    )


def _script_versions() -> dict[str, str]:
    pinned = pinned_versions(ENVIRONMENT)
    names = ("datasets", "sentence-transformers", "torch", "transformers")
    return {name: pinned[name] for name in names}


def _page(
    turns: Mapping[str, Sequence[_Turn]],
    rates: Mapping[str, Spread],
    skipped: Mapping[str, str],
    documents: Documents,
    few: int,
    effort: Effort,
) -> Iterator[str]:
    yield "Offline"
    yield paragraph(
        f"`framelens score` over {len(documents.texts):,} documents ({documents.source}), once, "
        f"and over the first {few:,} of them beside the scripts in `benchmarks/peers`, from the "
        f"start of the process to its end. Medians of {effort.rounds} rounds, in which they take "
        "turns; *spread* is the lowest and the highest round against the median, *against* the "
        "rate of framelens over the same documents against the row's."
    )
    yield ""
    yield from table(
        ("", "sentences", "seconds", "sentences/s", "spread", "against", "peak memory, MB"),
        [
            (
                name,
                number(each[-1].sentences),
                number(Spread.of([turn.seconds for turn in each]).median, 1),
                number(rates[name].median),
                spread(rates[name]),
                number(rates[OURS if name == OURS else OURS_FEW].against(rates[name]), 2),
                number(max(turn.peak for turn in each) / MEGABYTE),
            )
            for name, each in turns.items()
        ],
    )
    yield from skipped_lines(skipped)
