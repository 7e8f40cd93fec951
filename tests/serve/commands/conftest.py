"""The command line in this process, with the shipped model loaded once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from framelens.model import FramingClassifier
from framelens.serve.commands import app


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs ``framelens`` with arguments; what is no clean exit fails the test."""

    def invoke(*arguments: object, stdin: str | bytes = "", **env: str) -> Result:
        plain = {"FORCE_COLOR": None, "NO_COLOR": None, "COLUMNS": "120"}
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, words, stdin, {**plain, **env})
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result

    return invoke


@pytest.fixture(scope="session")
def shipped() -> FramingClassifier:
    return FramingClassifier.load()


@pytest.fixture
def loaded(shipped: FramingClassifier, monkeypatch: pytest.MonkeyPatch) -> FramingClassifier:
    """The shipped model, which commands get without loading it again."""
    monkeypatch.setattr(FramingClassifier, "load", lambda *_: shipped)
    return shipped
