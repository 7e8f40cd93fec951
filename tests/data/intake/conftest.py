"""What the tests of the intake share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import DataError
from framelens.data.intake import Choices, Intake, read_intake

Given = list[tuple[str, str]]


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Intake]:
    """Read sources; keywords other than fields of the choices name columns by role."""

    def read(*sources: object, **given: Any) -> Intake:
        fields = {name: given.pop(name) for name in list(given) if name in Choices.__slots__}
        columns = {role: (name,) if isinstance(name, str) else name for role, name in given.items()}
        return read_intake(list(map(str, sources)), "test", Choices(columns=columns, **fields))

    return read


@pytest.fixture
def sentences(take: Callable[..., Intake]) -> Callable[..., Given]:
    """Texts and labels of sound sources."""

    def read(*sources: object, **given: Any) -> Given:
        intake = take(*sources, **given)
        assert intake.problems == []
        return [
            (document.text_of(sentence), sentence.label)
            for document in intake.corpus
            for sentence in document.sentences
        ]

    return read


@pytest.fixture
def complaints(tmp_path: Path, take: Callable[..., Intake]) -> Callable[..., list[str]]:
    """Everything wrong, without the folder of the test."""

    def read(*sources: object, **given: Any) -> list[str]:
        try:
            problems = take(*sources, **given).problems
        except DataError as error:
            problems = list(error.problems)
        return [str(problem).replace(f"{tmp_path}/", "") for problem in problems]

    return read
