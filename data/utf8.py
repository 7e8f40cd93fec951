"""Text files, read as UTF-8 or not at all."""

from __future__ import annotations

from pathlib import Path

from framelens.data.problems import DataError, Place, Problem

__all__ = ["read_utf8"]


def read_utf8(path: Path) -> str:
    """Read a text file, without the byte order mark that it may begin with.

    Raises:
        DataError: the file cannot be read, or some of its lines are not UTF-8.
    """
    place = Place(str(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError([place.problem(f"cannot read the file: {error.strerror}")]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(_undecodable_lines(content, place.file)) from error


def _undecodable_lines(content: bytes, file: str) -> list[Problem]:
    problems = []
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            column = len(line[: error.start].decode()) + 1
            fault = f"not UTF-8: byte 0x{line[error.start]:02x} in column {column}"
            problems.append(Place(file, number).problem(f"{fault}; save the file as UTF-8"))
    return problems
