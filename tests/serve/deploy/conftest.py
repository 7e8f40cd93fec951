"""What the files of a deployment are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from typer.main import get_command

from framelens.serve.commands import app

Unknown = Callable[[Sequence[str]], set[str]]


@pytest.fixture
def unknown_options() -> Unknown:
    """Options of a command line, its command first, that the command does not have."""

    def unknown(words: Sequence[str]) -> set[str]:
        command = cast(Any, get_command(app)).commands[words[0]]
        known = {option for each in command.params for option in each.opts}
        return {word for word in words if word.startswith("--")} - known

    return unknown
