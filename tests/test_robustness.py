"""The table of hostile input: each of its rows is a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "robustness.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!what |-)(.+) \| (.+) \| `(\w+)` \|$", PAGE, re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_line_of_the_tables_is_read():
    lines = re.findall(r"^\|.*$", PAGE, re.MULTILINE)
    headers = [line for line in lines if line.startswith(("| what ", "|---"))]
    assert len(ROWS) == len(lines) - len(headers) > 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_row_is_a_test(row: tuple[str, str, str]):
    assert row[2] in TESTS
