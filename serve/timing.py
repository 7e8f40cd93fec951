"""Where the time of an answer went, for its header and for the metrics."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Timing"]


@dataclass
class Timing:
    """Seconds that an answer took, by what they were spent on.

    ``prepare`` reads, splits and tokenizes, ``queue`` waits for the engine, and ``inference``
    is from the first window that goes into it to the last that comes out. They follow each
    other from ``begin`` (:func:`time.monotonic`); ``model`` is the id of what answers.
    """

    prepare: float = 0.0
    queue: float = 0.0
    inference: float = 0.0
    begin: float = 0.0
    model: str = ""

    def steps(self) -> dict[str, float]:
        """The seconds of each step, in order."""
        return {"prepare": self.prepare, "queue": self.queue, "inference": self.inference}

    def header(self, total: float) -> bytes:
        """The value of ``server-timing`` (W3C Server Timing), in milliseconds.

        Args:
            total: seconds from the request to its answer.
        """
        parts = {**self.steps(), "total": total}
        fields = (f"{name};dur={1000 * seconds:.2f}" for name, seconds in parts.items())
        return ", ".join(fields).encode()
