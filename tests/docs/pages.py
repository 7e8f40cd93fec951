"""The pages of the documentation, and how what stands in them is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ABOUT_TRAINING = [
    ROOT / "docs" / f"{name}.md"
    for name in ("annotating", "multi-label", "retraining", "training", "tuning")
]
"""Pages whose commands take each other's models; they run beside those of the others."""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# These set up environments of their own, one of which runs this test.
SET_UP = re.compile(r"^(make|git|pip) .*$", re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"


def blocks(language: str, pages: Sequence[Path] = PAGES) -> list[Any]:
    """The blocks of a language, each named by its page and its number there."""
    return [
        pytest.param(found[2], id=f"{page.relative_to(ROOT)}:{number}")
        for page in pages
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")))
        if found[1] == language
    ]


def run(command: str, folder: Path) -> str:
    """What a command prints, which must end well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def run_commands(commands: str, folder: Path, address: str) -> None:
    """Run a block of commands, which may ask the service."""
    run(SET_UP.sub("", commands).replace(ADDRESS, address), folder)


def run_snippet(snippet: str, folder: Path, address: str) -> None:
    """Run a block of Python, which may ask the service."""
    run(f"python - <<'END'\n{snippet.replace(ADDRESS, address)}\nEND", folder)
