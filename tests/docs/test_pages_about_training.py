"""Every command and snippet of the pages about training is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import ABOUT_TRAINING, blocks, run_commands, run_snippet


@pytest.mark.parametrize("commands", blocks("sh", ABOUT_TRAINING))
def test_every_command_runs(commands: str, checkout: Path, address: str):
    run_commands(commands, checkout, address)


@pytest.mark.parametrize("snippet", blocks("python", ABOUT_TRAINING))
def test_every_snippet_runs(snippet: str, checkout: Path, address: str):
    run_snippet(snippet, checkout, address)
