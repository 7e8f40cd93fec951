"""Where the time of an answer went, for its header and for the metrics."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timing"]


@dataclass
class Timing:
    """Seconds that an answer took, by what they were spent on.

    ``prepare`` reads, splits and tokenizes, ``queue`` waits for the engine, and ``inference``
    is from the first window that goes into it to the last that comes out.
    """

    prepare: float = 0.0
    queue: float = 0.0
    inference: float = 0.0

    def header(self, total: float) -> str:
        """The value of ``server-timing`` (W3C Server Timing), in milliseconds.

        Args:
            total: seconds from the request to its answer.
        """
        parts = {**vars(self), "total": total}
        return ", ".join(f"{name};dur={1000 * seconds:.2f}" for name, seconds in parts.items())
