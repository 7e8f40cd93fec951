"""When a call is tried again: back-off with jitter, until the time of the whole call is over."""

from __future__ import annotations

import math
import random
from time import monotonic

from framelens.client.errors import ClientError, DeadlineError

__all__ = ["FIRST", "LEAST", "LONGEST", "Attempts"]

FIRST = 0.5
"""Seconds that the first pause lasts at most; each further one may be twice as long."""

LONGEST = 20.0
"""Seconds that a pause lasts at most, unless the service asks for more."""

LEAST = 0.1
"""Seconds that must be left for an attempt; the service takes no shorter deadline."""


class Attempts:
    """The attempts at one call.

    Args:
        retries: how many there may be after the first.
        seconds: that all of them may take together, pauses included.
        repeatable: whether it does no harm to do the call twice.
    """

    def __init__(self, retries: int, seconds: float = math.inf, repeatable: bool = True) -> None:
        self._retries = retries
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        self._repeatable = repeatable
        self._failed = 0

    def left(self) -> float:
        """Seconds that are left for an attempt.

        Raises:
            DeadlineError: there are none.
        """
        left = self._deadline - monotonic()
        if left < LEAST:
            raise self.late()
        return left

    def late(self) -> DeadlineError:
        """The error of a call whose time is over."""
        return DeadlineError(f"there was no answer within {self._seconds:g} seconds")

    def pause(self, error: ClientError) -> float:
        """Seconds to wait before the next attempt.

        The pause is drawn between nothing and a bound that doubles (full jitter, as Brooker
        calls it: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/),
        so that callers who failed together do not come back together; it begins after the
        time that the service asked for.

        Raises:
            ClientError: the error itself, if there is no next attempt.
        """
        may_repeat = self._repeatable or not error.may_be_done
        if not (error.is_passing and may_repeat) or self._failed == self._retries:
            raise error
        longest: float = min(LONGEST, FIRST * 2**self._failed)
        self._failed += 1
        seconds: float = error.retry_after + longest * random.random()  # noqa: S311
        if monotonic() + seconds + LEAST > self._deadline:
            raise error
        return seconds

    def reset(self) -> None:
        """Count the failures anew, since there was progress."""
        self._failed = 0
