"""The benchmark scripts still run."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from framelens.training.settings import read_settings

ROOT = Path(__file__).parents[1]


def test_an_article_is_tabled():
    command = [sys.executable, "benchmarks/article.py", "README.md"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, _, header, *_ = result.stdout.splitlines()
    assert "service and command line differ by at most 0.0e+00" in first
    assert header == "| | label | confidence | frame inside | first words |"


def test_every_row_of_the_ablation_has_sound_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    rows = runpy.run_path(str(ROOT / "benchmarks" / "ablation.py"))["rows"](Path("texts"))
    shipped = read_settings(ROOT / "seeds" / "train.yaml", {"output": Path("out")})
    for name, changes in rows.items():
        settings = read_settings(ROOT / "seeds" / "train.yaml", {"output": Path("out"), **changes})
        assert (settings == shipped) == (name in ("as shipped", "no attribution first")), name
