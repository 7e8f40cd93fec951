"""Every command of the pages about training is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import ABOUT_TRAINING, blocks, run_commands


@pytest.mark.parametrize("commands", blocks("sh", ABOUT_TRAINING))
def test_every_command_runs(commands: str, checkout: Path, address: str):
    run_commands(commands, checkout, address)
