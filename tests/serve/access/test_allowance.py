"""The bucket of requests, the quota of a day, and the headers that tell of both."""

from __future__ import annotations

from datetime import date

import pytest

from framelens.serve.access import allowance
from framelens.serve.access.allowance import Allowance
from framelens.serve.problems import Problem

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


class Clock:
    """The time as a test says that it is."""

    seconds = 1000.0
    day = MONDAY


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(allowance, "monotonic", lambda: clock.seconds)
    monkeypatch.setattr(allowance, "today", lambda: clock.day)
    return clock


def refused(key: Allowance, code_points: int | None = None) -> Problem:
    with pytest.raises(Problem) as raised:
        key.take_request() if code_points is None else key.spend(code_points)
    return raised.value


def test_without_bounds_nothing_is_refused_and_nothing_told():
    key = Allowance()
    for _ in range(10_000):
        key.take_request()
    key.spend(10**12)
    assert key.fields() == {}


def test_the_bucket_fills_evenly(clock: Clock):
    key = Allowance(rate=6)
    for left in range(5, -1, -1):
        key.take_request()
        assert key.fields()["ratelimit"] == f'"rate";r={left};t=10'
    problem = refused(key)
    assert (problem.code, problem.status_code) == ("rate_limited", 429)
    assert problem.headers == {"retry-after": "10"}
    clock.seconds += 9.5
    assert refused(key).headers == {"retry-after": "1"}
    clock.seconds += 0.5
    key.take_request()
    refused(key)
    clock.seconds += 3600
    assert key.fields() == {"ratelimit-policy": '"rate";q=6;w=60', "ratelimit": '"rate";r=6;t=10'}


def test_another_rate_is_taken_over():
    key = Allowance(rate=1)
    key.take_request()
    key.change(1, None)
    refused(key)
    key.change(2, None)
    key.take_request()
    key.take_request()
    refused(key)
    key.change(None, None)
    key.take_request()


def test_the_quota_is_of_a_day(clock: Clock):
    key = Allowance(quota=100)
    key.spend(60)
    problem = refused(key, 41)
    assert (problem.code, problem.status_code) == ("quota_exceeded", 429)
    assert "40 of the key's 100 are left until midnight UTC" in problem.detail
    assert problem.headers is not None
    assert 0 < int(problem.headers["retry-after"]) <= 86_400
    key.spend(40)
    assert '"quota";r=0;t=' in key.fields()["ratelimit"]
    assert key.fields()["ratelimit-policy"] == '"quota";q=100;qu="code-points";w=86400'
    clock.day = TUESDAY
    key.spend(100)


def test_more_than_the_quota_never_fits():
    problem = refused(Allowance(quota=100), 101)
    assert (problem.code, problem.status_code) == ("too_many_code_points", 413)


def test_what_is_refunded_can_be_spent_again():
    key = Allowance(quota=100)
    day = key.spend(100)
    key.refund(100, day)
    key.spend(100)


def test_what_others_spent_counts(clock: Clock):
    key = Allowance(quota=100)
    key.spend(10)
    saved = key.unsaved()
    key.spend(5)
    key.note_saved(saved)
    assert key.unsaved() == {MONDAY: 5}
    refused(key, 86)
    key.note_total(MONDAY, 70)
    refused(key, 26)
    key.spend(25)
    clock.day = TUESDAY
    key.spend(1)
    assert key.unsaved() == {MONDAY: 30, TUESDAY: 1}
    key.note_total(TUESDAY, 50)
    key.note_saved({MONDAY: 30})
    assert key.unsaved() == {TUESDAY: 1}
    refused(key, 50)


def test_a_lowered_quota_is_not_below_nothing():
    key = Allowance(quota=100)
    key.spend(100)
    key.change(None, 50)
    assert '"quota";r=0;' in key.fields()["ratelimit"]
    refused(key, 1)
