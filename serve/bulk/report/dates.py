"""Dates of documents, and the periods that a plot over time has columns for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

__all__ = ["Period", "as_date", "periods", "without_stragglers"]

MOST_PERIODS = 62

EDGE = 0.02
"""How much at either end of time may be stragglers."""

WEEK = timedelta(7)

Unit = Literal["day", "week", "month", "year"]

_EPOCH_MILLISECONDS = 1e11
"""Seconds would be in the year 5138."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year, by its first day; weeks begin on Monday."""

    unit: Unit
    begin: date

    @classmethod
    def of(cls, day: date, unit: Unit) -> Period:
        """The period that a day lies in."""
        begins = {
            "day": day,
            "week": day - timedelta(day.weekday()),
            "month": day.replace(day=1),
            "year": day.replace(month=1, day=1),
        }
        return cls(unit, begins[unit])

    def next(self) -> Period:
        """The period after this one."""
        days = {"day": 1, "week": 7, "month": 31, "year": 366}
        return Period.of(self.begin + timedelta(days[self.unit]), self.unit)

    @property
    def short(self) -> str:
        """Its name where there is little room."""
        names = {"month": f"{self.begin:%b %Y}", "year": f"{self.begin:%Y}"}
        return names.get(self.unit, f"{self.begin.day} {self.begin:%b}")

    def __str__(self) -> str:
        day = f"{self.begin.day} {self.begin:%b %Y}"
        return {"day": day, "week": f"week of {day}"}.get(self.unit, self.short)


def as_date(value: Any) -> date | None:
    """The day of a column's value, as it is written there; None where it is no date.

    ISO 8601 (a month or a year will do), the dates of mail and feeds (RFC 5322), and seconds or
    milliseconds since 1970, in UTC.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str):
            return _of_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _of_seconds(value)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def periods(days: Iterable[date]) -> list[Period]:
    """All periods from the first day to the last, of the shortest unit that is not too many."""
    ordered = sorted(days)
    if not ordered:
        return []
    first, last = ordered[0], ordered[-1]
    spans: dict[Unit, int] = {"day": 1, "week": 7, "month": 30}
    short: list[Unit] = [unit for unit in spans if (last - first).days < spans[unit] * MOST_PERIODS]
    unit: Unit = short[0] if short else "year"
    found = [Period.of(first, unit)]
    while found[-1] != Period.of(last, unit):
        found.append(found[-1].next())
    return found


def without_stragglers(counts: Mapping[date, int]) -> list[date]:
    """The days in order, without a few far from all others: dates are often wrong.

    These are left out where they would more than double the time.

    Args:
        counts: of what lies on each day.
    """
    days = sorted(counts)
    edge = EDGE * sum(counts.values())
    first, last = _edge(days, counts, edge), _edge(days[::-1], counts, edge)
    if first is None or last is None or (days[-1] - days[0]) <= 2 * (last - first + WEEK):
        return days
    return [day for day in days if first <= day <= last]


def _edge(days: Iterable[date], counts: Mapping[date, int], edge: float) -> date | None:
    """The first day up to which there is more than at the edge."""
    below = 0
    for day in days:
        below += counts[day]
        if below > edge:
            return day
    return None


def _of_text(value: str) -> date:
    if value.isdecimal() and len(value) > len("20261123"):
        return _of_seconds(int(value))
    for whole in (value, f"{value}-01", f"{value}-01-01"):
        try:
            return datetime.fromisoformat(whole).date()
        except ValueError:
            continue
    return parsedate_to_datetime(value).date()


def _of_seconds(value: float) -> date:
    seconds = value / 1000 if abs(value) > _EPOCH_MILLISECONDS else value
    return datetime.fromtimestamp(seconds, UTC).date()
