"""The file of sides and pairs that are swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framelens.data.problems import DataError
from framelens.data.records import Record, read_yaml_record
from framelens.data.swaps import ADJECTIVE, Side, Swap
from framelens.model.errors import one_of

__all__ = ["SideSwaps", "read_swaps"]

Roles = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SideSwaps:
    """Pairs of sides to test a model with, and other pairs to train one with."""

    tested: tuple[Swap, ...] = ()
    trained: tuple[Swap, ...] = ()


def read_swaps(path: str | Path) -> SideSwaps:
    """Read sides, and the pairs of them to swap, from YAML.

    The file has ``roles`` (each with the role that stands in for it, or nothing), ``sides``
    (each with its forms by role) and ``pairs`` of sides, and may have ``training_pairs``,
    ``nouns``, ``keep`` and ``words``; :class:`Swap` says what these do. No pair may be in both
    lists.

    Raises:
        DataError: the file cannot be read or contradicts itself; all that is wrong is named.
    """
    optional = ("training_pairs", "nouns", "keep", "words")
    record = read_yaml_record(Path(path), ("roles", "sides", "pairs"), optional)
    roles = _read_roles(record)
    sides = {name: _read_side(name, each, roles) for name, each in record.children("sides")}
    lists = [record.texts(name) for name in ("nouns", "keep", "words")]
    known: set[frozenset[str]] = set()
    tested, trained = (
        tuple(Swap(pair, roles, *lists) for pair in _read_pairs(record, field, sides, known))
        for field in ("pairs", "training_pairs")
    )
    if record.problems:
        raise DataError(record.problems)
    return SideSwaps(tested, trained)


def _read_roles(record: Record) -> Roles:
    names = record.get("roles", dict) or {}
    place = record.place.at("roles")
    roles: dict[str, str | None] = {}
    for name, instead in names.items():
        if instead and instead not in names:
            message = f"{instead!r} is not a role; use {one_of(names)}"
            record.problems.append(place.at(name).problem(message))
        roles[name] = instead or None
    for name in roles:
        if name in _substitutes(name, roles):
            message = "stands in for itself, by way of the roles behind it"
            record.problems.append(place.at(name).problem(message))
            roles[name] = None
    return roles


def _substitutes(role: str, roles: Roles) -> Iterator[str]:
    """The roles that follow one, each once."""
    seen: set[str] = set()
    instead = roles.get(role)
    while instead is not None and instead not in seen:
        yield instead
        seen.add(instead)
        instead = roles.get(instead)


def _read_side(name: str, record: Record, roles: Roles) -> Side:
    forms = {role: record.texts(role) for role in record.fields}
    known = [role for role in roles if role != ADJECTIVE]
    owners: dict[str, str] = {}
    for role, texts in forms.items():
        if role not in roles:
            record.report(role, f"unknown role; use {one_of(roles)}")
        elif not texts and type(record.fields[role]) is list:
            record.report(role, "empty: give at least one form")
        for text in texts if role in known else ():
            if owners.setdefault(text, role) != role:
                message = f"{text!r} stands under {owners[text]!r} too; only "
                record.report(role, f"{message}{ADJECTIVE!r} may share a form")
    return Side(name, {role: texts for role, texts in forms.items() if texts})


def _read_pairs(
    record: Record, field: str, sides: Mapping[str, Side], known: set[frozenset[str]]
) -> list[tuple[Side, Side]]:
    pairs: list[tuple[Side, Side]] = []
    for index, names in enumerate(record.get(field, list) or ()):
        place = f"{field}[{index}]"
        if fault := _pair_fault(names, sides, known):
            record.report(place, fault)
        else:
            first, second = (sides[name] for name in names)
            known.add(frozenset(names))
            pairs.append((first, second))
    if record.fields.get(field) == []:
        record.report(field, "empty: name at least one pair of sides")
    return pairs


def _pair_fault(names: Any, sides: Mapping[str, Side], known: set[frozenset[str]]) -> str | None:
    if not isinstance(names, list) or len(names) != 2:
        return "expected the names of two sides"
    for name in names:
        if not isinstance(name, str) or name not in sides:
            return f"{name!r} is not a side; use {one_of(sides)}"
    if names[0] == names[1]:
        return f"{names[0]!r} cannot take its own place"
    if frozenset(names) in known:
        return f"{names[0]!r} and {names[1]!r} are a pair already"
    first, second = (sides[name].forms for name in names)
    if not first.keys() & second.keys():
        return f"{names[0]!r} and {names[1]!r} have no role in common"
    for role, texts in first.items():
        for other, others in second.items():
            if both := set(texts) & set(others):
                return f"{min(both)!r} names both sides, as {role!r} and as {other!r}"
    return None
