"""What in a file may be the text of a document; which of it is one, the hash tells."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

__all__ = ["KINDS", "candidates"]

LITERAL = re.compile(
    r'"(?:[^"\\\n]|\\.)*"' r"|'(?:[^'\\\n]|\\.)*'" r"|`(?:[^`\\]|\\.)*`", re.DOTALL
)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def candidates(content: bytes, kind: str, remove: Iterable[str] = ()) -> Iterator[str]:
    """The texts in a file, white space tidied as it is in the annotated texts.

    Args:
        content: the file, in UTF-8.
        kind: a key of :data:`KINDS`.
        remove: regular expressions; what they match is cut, ``^`` and ``$`` being those of lines.
    """
    for text in KINDS[kind](content.decode("utf-8-sig", errors="replace")):
        for pattern in remove:
            text = re.sub(pattern, "", text, flags=re.MULTILINE)
        yield _tidy(text)


def _tidy(text: str) -> str:
    text = re.sub(r"\r\n?", "\n", text)
    text = re.sub(r"[ \t\xa0]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _file(content: str) -> Iterator[str]:
    """The whole file."""
    yield content


def _cells(content: str) -> Iterator[str]:
    """Every cell of a table, whichever way it separates and quotes them."""
    for line in content.split("\n"):
        yield from line.split("\t")
    csv.field_size_limit(max(csv.field_size_limit(), len(content)))
    for separator in ",\t":
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
            yield from row


def _strings(content: str) -> Iterator[str]:
    """Every string in a file of JSON or JavaScript."""
    for found in LITERAL.finditer(content):
        yield _unescaped(found[0])


def _unescaped(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ESCAPE.sub(lambda found: ESCAPES.get(found[1], found[1]), literal[1:-1])


def _paragraphs(content: str) -> Iterator[str]:
    """Every list of paragraphs in a JSON file, each a list of its sentences."""
    try:
        document = json.loads(content)
    except ValueError:
        return
    for value in document.values() if isinstance(document, dict) else [document]:
        if _is_paragraphs(value):
            yield "\n".join(" ".join(sentences) for sentences in value)


def _is_paragraphs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list) and all(isinstance(sentence, str) for sentence in each)
        for each in value
    )


KINDS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "file": _file,
    "cells": _cells,
    "strings": _strings,
    "paragraphs": _paragraphs,
}
"""Where in a file texts stand, by the name that the sources have for it."""
