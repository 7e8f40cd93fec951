"""Few sentences a label: how they are drawn, and what the report says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import few_shot
from benchmarks.efforts import QUICK
from benchmarks.environments import MissingError
from benchmarks.few_shot import FEW_SHOT_SETS, compare_few_shot, draw_sentences
from benchmarks.trials import Trials

EFFORT = dataclasses.replace(QUICK, few_shot_draws=2, few_shot_examples=2, few_shot_tested=5)
REVIEWS, FILMS = FEW_SHOT_SETS
ROWS = [
    {"split": split, "text": f"{split} {number}", "label": "ab"[number % 2]}
    for split in ("all", "train", "test")
    for number in range(20)
]


def test_a_draw_has_as_many_of_each_label_and_tests_on_others():
    draw = draw_sentences(REVIEWS, ROWS, 0, examples=3, tested=100)
    assert [label for _, label in draw["train"]] == ["a"] * 3 + ["b"] * 3
    texts = [{text for text, _ in draw[part]} for part in ("train", "test")]
    assert [*map(len, texts)] == [6, 14]
    assert not texts[0] & texts[1]
    assert draw == draw_sentences(REVIEWS, ROWS, 0, examples=3, tested=100)
    assert draw["train"] != draw_sentences(REVIEWS, ROWS, 1, examples=3, tested=100)["train"]
    other = draw_sentences(FILMS, ROWS, 0, examples=3, tested=5)
    assert {text.split()[0] for text, _ in other["train"]} == {"train"}
    assert [text.split()[0] for text, _ in other["test"]] == ["test"] * 5


def test_the_report_compares_draw_by_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / REVIEWS.file)

    def pretend(contender: str, draw: Mapping[str, Any]) -> dict[str, Any]:
        if "20" in contender:
            raise MissingError("it is not installed")
        ours = contender.startswith("framelens")
        return {
            "accuracy": 0.7 + 0.02 * ours + 0.1 * draw["seed"],
            "calibration_error": 0.05,
            "seconds": 3.0 + 2 * draw["seed"] if ours else 12.0,
            "machine": "another" if ours and draw["seed"] else "this",
            "processor_seconds": 6.0,
            **({"validated_seconds": 9.0} if ours else {}),
        }

    monkeypatch.setattr(few_shot, "_measure", pretend)
    trials = Trials(tmp_path / "trials.json")
    page = "\n".join(compare_few_shot(REVIEWS, trials, tmp_path, EFFORT))
    assert "## customer reviews, 2 sentences a label" in page
    assert "| SetFit as it comes | 2 | 75.0 ± 7.1 |  | 0.050 | 12.0 |  | 6.0 |  |" in page
    assert (
        "| framelens, contrastive | 2 | 77.0 ± 7.1 | 2.0 ± 0.0 | 0.050 | 4.0 | 9.0 | 6.0 "
        "| 0.25 |" in page
    ), "times of different machines are not compared"
    assert "SetFit, 20 iterations could not be run: it is not installed." in page
    assert len(trials.kept) == 6
