"""Stand-off annotations of brat: a folder of texts (.txt) and of what is marked there (.ann)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from framelens.data.intake.drafts import Draft
from framelens.data.intake.spans import MarkedSpan, MarkedText
from framelens.data.problems import DataError, Place, Problem
from framelens.data.utf8 import read_utf8

__all__ = ["read_brat"]

_MARK = re.compile(r"(T\S+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?")


def read_brat(folder: Path, rest: str | None, problems: list[Problem]) -> list[Draft]:
    """Read every text that has annotations; what is faulty is reported and left out.

    The types of text-bound annotations are the labels; relations, events, attributes and
    notes are left alone.

    Raises:
        DataError: the folder holds no annotations.
    """
    drafts = []
    files = sorted(folder.rglob("*.ann"))
    if not files:
        message = "neither a data set that save_to_disk wrote nor texts with annotations of brat"
        raise DataError([Place(str(folder)).problem(message)])
    for marks in files:
        try:
            text = read_utf8(marks.with_suffix(".txt"))
            lines = read_utf8(marks).split("\n")
        except DataError as error:
            problems.extend(error.problems)
            continue
        spans = list(_spans(marks, lines, text, problems))
        place = Place(str(marks))
        identity = marks.relative_to(folder).with_suffix("").as_posix()
        drafts.append(MarkedText(identity, text, place, {"": spans}).draft(rest))
    return drafts


def _spans(
    path: Path, lines: list[str], text: str, problems: list[Problem]
) -> Iterator[MarkedSpan]:
    for number, line in enumerate(lines, 1):
        if not line.startswith("T"):
            continue
        place = Place(str(path), number)
        match = _MARK.fullmatch(line.rstrip("\r"))
        if match is None:
            problems.append(place.problem("no annotation such as 'T1<tab>Label 0 5<tab>words'"))
            continue
        parts = [tuple(map(int, part.split())) for part in match[3].split(";")]
        if fault := _fault(parts, text, match[4]):
            problems.append(place.at(match[1]).problem(fault))
            continue
        yield from (MarkedSpan(begin, end, match[2], place) for begin, end in parts)


def _fault(parts: list[tuple[int, ...]], text: str, words: str | None) -> str | None:
    for begin, end in parts:
        if not begin < end <= len(text):
            return (
                f"span {begin}:{end} is empty or out of range: the text has {len(text)} characters"
            )
    found = " ".join(text[begin:end] for begin, end in parts)
    if words is not None and found.split() != words.split():
        return f"marks {words[:40]!r}, but the text has {found[:40]!r} there"
    return None
