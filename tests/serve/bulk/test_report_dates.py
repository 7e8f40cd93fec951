"""Dates as columns have them, and periods that fill an axis."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from framelens.serve.bulk.report.dates import as_date, periods, without_stragglers

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23",
        " 20261123 ",
        "2026-11-23T23:59:59.5+14:00",
        "2026-11-23T10:00:00Z",
        "2026-11-23 10:00:00",
        "Mon, 23 Nov 2026 10:00:00 GMT",
        "1795428000",
        1795428000,
        1795428000123,
        1795428000.5,
        DAY,
        datetime(2026, 11, 23, 10, tzinfo=UTC),
    ],
)
def test_a_date(value: Any):
    assert as_date(value) == DAY


def test_months_and_years_begin_with_their_first_day():
    assert as_date("2026-11") == date(2026, 11, 1)
    assert as_date("2026") == date(2026, 1, 1)


@pytest.mark.parametrize(
    "value", [None, "", "soon", "2026-13-01", True, [], float("nan"), 1e300, "9" * 400]
)
def test_no_date(value: Any):
    assert as_date(value) is None


@pytest.mark.parametrize(
    ("days", "unit", "count", "last"),
    [
        (0, "day", 1, "23 Nov 2026"),
        (61, "day", 62, "23 Jan 2027"),
        (62, "week", 9, "week of 18 Jan 2027"),
        (500, "month", 18, "Apr 2028"),
        (4000, "year", 12, "2037"),
    ],
)
def test_periods_are_without_gaps_and_not_too_many(days: int, unit: str, count: int, last: str):
    found = periods([DAY + timedelta(days), DAY])
    assert {period.unit for period in found} == {unit}
    assert len(found) == count
    assert str(found[-1]) == last
    assert periods([]) == []


def test_stragglers_do_not_stretch_time():
    month = {DAY + timedelta(day): 100 for day in range(30)}
    wrong = {date(1970, 1, 1): 20, date(9999, 12, 31): 20}
    assert without_stragglers(month | wrong) == [*month]
    assert without_stragglers(month | {DAY + timedelta(40): 1}) == [*month, DAY + timedelta(40)]
    many = {date(1970, 1, 1): 1_000}
    assert without_stragglers(month | many) == [*many, *month]
    assert without_stragglers({DAY: 0, date(1970, 1, 1): 0}) == [date(1970, 1, 1), DAY]
    assert without_stragglers({}) == []
