"""Counts of what was scored, which add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["BINS", "Tally"]

BINS = 20
"""Bins of the histogram of confidence, equally wide from 0 to 1."""


@dataclass
class Tally:
    """What some rows have in them; each count adds up over rows."""

    rows: int = 0
    failed: int = 0
    """Rows without a result."""
    sentences: int = 0
    tokens: int = 0
    review: int = 0
    """Sentences with the review mark."""
    labels: Counter[str] = field(default_factory=Counter)
    """Sentences of each label."""
    languages: Counter[str] = field(default_factory=Counter)
    """Documents of each language code."""
    confidence: list[int] = field(default_factory=lambda: [0] * BINS)
    """Sentences in each bin."""
    faults: Counter[str] = field(default_factory=Counter)
    """Failed rows of each reason."""

    def add(self, other: Tally) -> None:
        """Count what another one has counted as well."""
        self.rows += other.rows
        self.failed += other.failed
        self.sentences += other.sentences
        self.tokens += other.tokens
        self.review += other.review
        self.labels += other.labels
        self.languages += other.languages
        self.confidence = [a + b for a, b in zip(self.confidence, other.confidence, strict=True)]
        self.faults += other.faults
