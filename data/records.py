"""Objects of JSON and YAML files, whose faults are reported with their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from framelens.data.problems import DataError, Place, Problem
from framelens.data.utf8 import read_utf8
from framelens.model.errors import one_of

__all__ = ["Record", "check_unicode", "read_records", "read_yaml_record"]

T = TypeVar("T")

_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Record:
    """An object under inspection: what is wrong with it goes to ``problems``."""

    fields: Mapping[str, Any]
    place: Place
    problems: list[Problem]

    def report(self, field: str, message: str) -> None:
        """Add a problem with one of the fields."""
        self.problems.append(self.place.at(field).problem(message))

    def check_names(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        """Report the fields that are missing and those that nobody knows."""
        for name in required:
            if name not in self.fields:
                self.report(name, "field is missing")
        for name in self.fields:
            if name not in required + optional:
                self.report(name, f"unknown field; known are {one_of(required + optional)}")

    def get(self, name: str, kind: type[T]) -> T | None:
        """The value of a field; None where it is missing or reported as another type."""
        if name not in self.fields:
            return None
        value: T = self.fields[name]
        # Not isinstance: true is no number here.
        if type(value) is not kind:
            self.report(name, f"expected {_KINDS[kind]}, found {_KINDS[type(value)]}")
            return None
        return value

    def text(self, name: str) -> str | None:
        """The text of a field; None where it is missing or reported as empty or no text."""
        value = self.get(name, str)
        if value is not None and not value.strip():
            self.report(name, "empty")
            return None
        return value

    def records(self, name: str) -> list[Record]:
        """The objects in a list; what is no object is reported and left out."""
        records = []
        for index, content in enumerate(self.get(name, list) or ()):
            place = self.place.at(f"{name}[{index}]")
            if isinstance(content, dict):
                records.append(Record(content, place, self.problems))
            else:
                self.problems.append(place.problem(_not_an_object(content)))
        return records

    def children(self, name: str) -> Iterator[tuple[str, Record]]:
        """The objects inside an object, by name; what is none is reported and left out."""
        inside = Record(self.get(name, dict) or {}, self.place.at(name), self.problems)
        for key in inside.fields:
            content = inside.get(key, dict)
            if content is not None:
                yield key, Record(content, inside.place.at(key), self.problems)

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts in a list; what is none or empty is reported and left out."""
        content = self.get(name, list) or []
        numbered = {f"{name}[{index}]": text for index, text in enumerate(content)}
        items = Record(numbered, self.place, self.problems)
        return tuple(text for key in numbered if (text := items.text(key)))


def read_records(path: Path, problems: list[Problem]) -> list[Record]:
    """Read the objects of a JSONL file; blank lines do not count.

    Raises:
        DataError: the file cannot be read or is not UTF-8.
    """
    records = []
    for number, line in enumerate(read_utf8(path).split("\n"), 1):
        if not line.strip():
            continue
        place = Place(str(path), number)
        try:
            content = _parse(line)
        except ValueError as error:
            problems.append(place.problem(str(error)))
            continue
        if isinstance(content, dict):
            records.append(Record(content, place, problems))
        else:
            problems.append(place.problem(_not_an_object(content)))
    return records


def read_yaml_record(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Record:
    """Read the object that a YAML file holds, and report fields that are missing or unknown.

    Every scalar stays text: a name such as NO, a date, or a commit that is all digits.

    Raises:
        DataError: the file cannot be read, is not YAML, or holds no object.
    """
    place = Place(str(path))
    try:
        content = yaml.load(read_utf8(path), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise DataError([place.problem(f"not a YAML file: {error}")]) from error
    if not isinstance(content, dict):
        *rest, last = required
        raise DataError([place.problem(f"expected {', '.join(rest)} and {last}")])
    record = Record(content, place, [])
    record.check_names(required, optional)
    return record


def _parse(line: str) -> Any:
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON that can be read: {error}") from error
    check_unicode(line, content)
    return content


def check_unicode(text: str, content: Any) -> None:
    """Refuse JSON that no file in UTF-8 could hold again.

    Raises:
        ValueError: an escape brought in half of a surrogate pair.
    """
    if "\\ud" in text.lower():
        try:
            json.dumps(content, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = ascii(error.object[error.start])
            raise ValueError(f"not Unicode: {half} is half of a surrogate pair") from error


def _not_an_object(content: Any) -> str:
    return f"expected {_KINDS[dict]}, found {_KINDS[type(content)]}"
