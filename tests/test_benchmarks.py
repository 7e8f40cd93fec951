"""The benchmark scripts still run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_an_article_is_tabled():
    command = [sys.executable, "benchmarks/article.py", "README.md"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, _, header, *_ = result.stdout.splitlines()
    assert "service and command line differ by at most 0.0e+00" in first
    assert header == "| | label | confidence | frame inside | first words |"
