"""What the tests of the data package share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data import DataError, LabelledDocument, LabelledSentence, read_corpus
from framelens.model.scheme import Scheme


@pytest.fixture
def scheme() -> Scheme:
    return Scheme.from_dict(
        {
            "name": "weather",
            "labels": {"sunny": {}, "rainy": {}, "said": {}},
            "leaves": {
                "sunny": {"label": "sunny", "code": "s"},
                "rainy": {"label": "rainy", "code": "r"},
                "said_sunny": {"label": "said", "frame": "sunny", "code": "qs"},
            },
        }
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Callable[..., Path] a file: bytes and text as they are, a list as JSONL."""

    def write_file(name: str, content: bytes | str | list[Any]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(entry) + "\n" for entry in content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def faults(tmp_path: Path, scheme: Scheme) -> Callable[..., list[str]]:
    """What reading the files complains about, without the folder of the test."""

    def read(*paths: Path, texts: Path | None = None) -> list[str]:
        with pytest.raises(DataError) as raised:
            read_corpus(paths, scheme, texts)
        return [str(fault).replace(f"{tmp_path}/", "") for fault in raised.value.problems]

    return read


@pytest.fixture
def entry() -> dict[str, Any]:
    """A sound line of the documents format."""
    return {
        "id": "monday",
        "text": "The sun shines. It pours.",
        "sentences": [
            {"begin": 0, "end": 15, "label": "sunny"},
            {"begin": 16, "end": 25, "label": "rainy"},
        ],
    }


@pytest.fixture
def document() -> Callable[..., LabelledDocument]:
    """Build a document of a sentence a line from pairs of text and label."""

    def build(identity: str, *pairs: tuple[str, str], **metadata: str) -> LabelledDocument:
        sentences = []
        begin = 0
        for text, label in pairs:
            sentences.append(LabelledSentence(begin, begin + len(text), label))
            begin += len(text) + 1
        text = "\n".join(text for text, _ in pairs)
        return LabelledDocument(identity, text, tuple(sentences), metadata)

    return build
