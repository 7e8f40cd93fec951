"""The table of faults names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "faults.md"
NAMED = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def rows() -> list[str]:
    _, _, *found = re.findall(r"^\|.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return found


def test_every_outcome_has_a_test_that_there_is():
    assert rows()
    for row in rows():
        named = NAMED.findall(row)
        assert named, row
        for name, path in named:
            assert name in functions(ROOT / path), f"{path}: {name}"


def test_every_test_of_a_fault_is_in_the_table():
    text = PAGE.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests" / "serve" / "faults").glob("test_*.py")):
        for name in functions(path):
            assert not name.startswith("test_") or f"`{name}`" in text, f"{path.name}: {name}"
