"""How much a key may use: requests a minute, and code points a day."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from time import monotonic

from framelens.serve.problems import Problem

__all__ = ["Allowance", "today"]

MINUTE = 60
DAY = 86_400


def today() -> date:
    """The day in UTC, which quotas are for."""
    return datetime.now(UTC).date()


class Allowance:
    """What is left of a key's rate and quota; its secrets, old and new, share them.

    The rate is a bucket of as many requests as it allows in a minute, which fills evenly; it is
    this process' own. The quota is of code points in texts that are scored; what was spent before,
    or by other processes, is told by :meth:`note_total`.

    Args:
        rate: requests a minute; None for no bound.
        quota: code points a day, in UTC; None for no bound.
    """

    def __init__(self, rate: int | None = None, quota: int | None = None) -> None:
        self.rate = rate
        self.quota = quota
        self._requests = float(rate or 0)
        self._filled_at = monotonic()
        self._saved_day, self._saved = today(), 0
        self._unsaved: Counter[date] = Counter()

    def change(self, rate: int | None, quota: int | None) -> None:
        """Go by another rate and quota from now on."""
        if rate != self.rate:
            self.rate, self._requests = rate, float(rate or 0)
        self.quota = quota

    def take_request(self) -> None:
        """Count a request.

        Raises:
            Problem: there were too many.
        """
        if self.rate is None:
            return
        self._fill(self.rate)
        if self._requests < 1:
            detail = f"the key may ask {self.rate} times a minute"
            wait = self._seconds_to_next(self.rate)
            raise Problem("rate_limited", detail, headers={"retry-after": str(wait)})
        self._requests -= 1

    def spend(self, code_points: int) -> date:
        """Take code points from the quota; the day that they are counted for.

        Raises:
            Problem: there are not so many left.
        """
        day = today()
        if self.quota is not None:
            self._check_quota(code_points, self.quota, day)
        self._unsaved[day] += code_points
        return day

    def refund(self, code_points: int, day: date) -> None:
        """Give back what was spent on a text that was not scored after all."""
        self._unsaved[day] -= code_points

    def unsaved(self) -> dict[date, int]:
        """What was spent, by day, that :meth:`note_saved` has not been told of."""
        return {day: number for day, number in self._unsaved.items() if number}

    def note_saved(self, saved: Mapping[date, int]) -> None:
        """Take note of what of :meth:`unsaved` is written down."""
        for day, number in saved.items():
            self._unsaved[day] -= number
            if not self._unsaved[day]:
                del self._unsaved[day]
            if day >= self._saved_day:
                self.note_total(day, self._saved_on(day) + number)

    def note_total(self, day: date, spent: int) -> None:
        """Take note of what is written down for a day, by every process."""
        self._saved_day, self._saved = day, spent

    def fields(self) -> dict[str, str]:
        """The headers that tell a caller, as draft-ietf-httpapi-ratelimit-headers-11 has them."""
        policies, limits = [], []
        if self.rate is not None:
            self._fill(self.rate)
            wait = self._seconds_to_next(self.rate)
            policies.append(f'"rate";q={self.rate};w={MINUTE}')
            limits.append(f'"rate";r={int(self._requests)};t={wait}')
        if self.quota is not None:
            left = max(0, self.quota - self._spent(today()))
            policies.append(f'"quota";q={self.quota};qu="code-points";w={DAY}')
            limits.append(f'"quota";r={left};t={_seconds_to_midnight()}')
        if not policies:
            return {}
        return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(limits)}

    def _fill(self, rate: int) -> None:
        now = monotonic()
        self._requests = min(rate, self._requests + (now - self._filled_at) * rate / MINUTE)
        self._filled_at = now

    def _seconds_to_next(self, rate: int) -> int:
        """Until there is one whole request more."""
        missing = int(self._requests) + 1 - self._requests
        return math.ceil(missing * MINUTE / rate)

    def _spent(self, day: date) -> int:
        return self._saved_on(day) + self._unsaved[day]

    def _saved_on(self, day: date) -> int:
        return self._saved if day == self._saved_day else 0

    def _check_quota(self, code_points: int, quota: int, day: date) -> None:
        if code_points > quota:
            detail = f"{code_points} code points in one request; the key's quota is {quota} a day"
            raise Problem("too_many_code_points", detail)
        left = max(0, quota - self._spent(day))
        if code_points > left:
            detail = (
                f"{code_points} code points in one request; {left} of the key's {quota} are left "
                "until midnight UTC"
            )
            retry = {"retry-after": str(_seconds_to_midnight())}
            raise Problem("quota_exceeded", detail, headers=retry)


def _seconds_to_midnight() -> int:
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return math.ceil((midnight - now).total_seconds())
