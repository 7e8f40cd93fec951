"""What is reckoned for other machines follows from what each step takes."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest

from benchmarks.scale import H100_SHARE, Costs, _timed, plans

ROOT = Path(__file__).parents[2]
COSTS = Costs(
    read=10, prepare=40, engine=1_000, finish=20, encode=25, write=5, travel=5, tokens=30.0
)


def test_rates_are_those_of_the_slowest_part():
    found = {(plan.machine, plan.way): plan for plan in plans(COSTS, operations=25e6)}
    small = found["2 cores", "one process"]
    assert small.rate == pytest.approx(2e6 / 1_100)
    assert small.limit == "the cores"
    assert small.hours == pytest.approx(1e9 / small.rate / 3600)
    middle = found["64 cores", "one process"]
    assert (middle.rate, middle.limit) == (pytest.approx(1e6 / 100), "its one thread")
    large = found["1,000 cores", "Ray, one job"]
    assert (large.rate, large.limit) == (1e6 / 20, "the process that reads and writes")
    divided = found["1,000 cores", "Ray, 19 jobs, a part of the files each"]
    assert divided.rate == pytest.approx(1e9 / 1_090)
    graphics = found["8 H100, 128 cores (not measured)", "Ray, 128 actors"]
    assert graphics.limit == "the cores that feed it"


def test_a_step_has_the_time_of_all_threads():
    def hash_() -> None:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 300_000)

    def in_a_thread() -> None:
        thread = threading.Thread(target=hash_)
        thread.start()
        thread.join()

    alone, _ = _timed(hash_)
    apart, _ = _timed(in_a_thread)
    assert apart > alone / 2


def test_the_share_that_a_gpu_is_given_is_the_one_that_was_measured():
    report = json.loads((ROOT / "benchmarks" / "engines.json").read_text(encoding="utf-8"))
    measured = report["engines"]["framelens"]["share_of_ideal"]
    assert round(measured, 1) == H100_SHARE


def test_the_tables_of_the_docs_are_those_of_the_report():
    report = (ROOT / "benchmarks" / "scale.md").read_text(encoding="utf-8").splitlines()
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in page if line.startswith("|")]
    assert len(shown) > 10
    assert set(shown) <= set(report)
