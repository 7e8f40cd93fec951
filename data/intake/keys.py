"""The metadata by which documents can be split: parts that are given, dates and groups."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from framelens.data.intake.drafts import Draft
from framelens.data.intake.exports import Chosen
from framelens.data.intake.tables import Cell
from framelens.data.problems import Problem
from framelens.model.errors import FramelensError, one_of

__all__ = ["PARTS", "SplitKeys", "are_dates", "are_parts", "find_keys"]

Role: TypeAlias = Literal["split", "date", "group"]

SPLIT_ROLES: tuple[Role, ...] = ("split", "date", "group")
"""What metadata can say about how to split."""

PARTS = {
    name: part
    for part, names in {
        "train": ("train", "training"),
        "dev": ("dev", "development", "val", "valid", "validation"),
        "test": ("test", "testing"),
    }.items()
    for name in names
}
"""What a split calls its parts, and the part that it means."""

_GROUPS = (
    *("group", "source", "outlet", "site", "domain", "publisher", "newspaper", "channel"),
    *("author", "speaker", "user", "user_id"),
)
_FEWEST_GROUPS = 5
_OF_THE_LABEL = {"created_at", "updated_at", "annotated_at"}
"""Dates that tools give, and not of the text."""


@dataclass(frozen=True, slots=True)
class SplitKeys:
    """Names in the documents' metadata, None where they have no such thing."""

    split: str | None = None
    date: str | None = None
    group: str | None = None


def find_keys(
    drafts: Sequence[Draft], chosen: Chosen, problems: list[Problem]
) -> tuple[list[Draft], SplitKeys]:
    """Find the metadata by which to split; every document has what is found.

    Args:
        drafts: the documents.
        chosen: metadata by role, as the user named them; none of a role where that is empty.
        problems: where documents without a proper value of chosen metadata are reported; they
            are left out.

    Returns:
        The documents, the values of a split as ``train``, ``dev`` and ``test``, and the names.

    Raises:
        FramelensError: no document has what the user named.
    """
    names = list(dict.fromkeys(name for draft in drafts for name in draft.metadata))
    found: dict[Role, str] = {}
    faulty: set[str] = set()
    for role in SPLIT_ROLES:
        if role in chosen:
            for name in chosen[role]:
                found[role] = name
                faulty |= _faulty(drafts, role, name, names, problems)
        elif guess := _guess(drafts, role, [each for each in names if each not in found.values()]):
            found[role] = guess
    sound = [draft for draft in drafts if draft.id not in faulty]
    if split := found.get("split"):
        sound = [_in_part(draft, split) for draft in sound]
    return sound, SplitKeys(**found)


def are_parts(cells: Iterable[Cell]) -> bool:
    """Whether values name at least two parts of a split."""
    named = {PARTS.get(each.lower()) if isinstance(each, str) else None for each in cells}
    return None not in named and len(named) > 1


def are_dates(cells: Iterable[Cell]) -> bool:
    """Whether values are dates or times as ISO 8601 writes them, and not all the same."""
    different = set(cells)
    return len(different) > 1 and all(isinstance(e, str) and _is_date(e) for e in different)


def _is_date(text: str) -> bool:
    # Eight digits are a number before they are a date.
    if text.isdigit():
        return False
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _are_groups(names: Sequence[str]) -> bool:
    return _FEWEST_GROUPS <= len(set(names)) < len(names)


def _guess(drafts: Sequence[Draft], role: Role, names: Sequence[str]) -> str | None:
    if role == "group":
        plain = {re.sub(r"\W+", "_", name.lower()).strip("_"): name for name in names}
        names = [plain[name] for name in _GROUPS if name in plain]
    names = [name for name in names if name.lower() not in _OF_THE_LABEL]
    fits = {"split": are_parts, "date": are_dates, "group": _are_groups}[role]
    for name in names:
        values = [draft.metadata.get(name, "") for draft in drafts]
        if all(values) and fits(values):
            return name
    return None


def _faulty(
    drafts: Sequence[Draft], role: Role, name: str, names: Sequence[str], problems: list[Problem]
) -> set[str]:
    """The ids of documents without a proper value, which are reported."""
    if name not in names:
        have = f"the documents have {one_of(names)}" if names else "the documents have none"
        raise FramelensError(f"--{role}-column {name!r}: no such metadata; {have}")
    faulty = set()
    for draft in drafts:
        if fault := _fault(role, draft.metadata.get(name, "")):
            problems.append(draft.place.at(name).problem(fault))
            faulty.add(draft.id)
    return faulty


def _fault(role: Role, value: str) -> str | None:
    if not value:
        return "empty"
    if role == "split" and value.lower() not in PARTS:
        return f"{value!r} is no part of a split; use {one_of(PARTS)}"
    if role == "date" and not _is_date(value):
        return f"{value!r} is no date like 2024-05-31"
    return None


def _in_part(draft: Draft, name: str) -> Draft:
    part = PARTS.get(draft.metadata.get(name, "").lower())
    return replace(draft, metadata={**draft.metadata, name: part}) if part else draft
