"""What a model's text was like when it was made, to compare later text with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["TextProfile"]


@dataclass(frozen=True)
class TextProfile:
    """Labels, confidences and lengths of the sentences that a model was made from.

    ``annotated`` has the share of each public label among the ``sentences`` that the model
    was fitted to, by their annotation; shares of several labels a sentence do not sum to one. The
    rest is of ``held_out_sentences``, read as the
    finished model reads any text: ``predicted`` has the share of each label in its answers,
    ``confidence`` and ``tokens`` (of a sentence, without special ones) the nine deciles from
    10% to 90%.
    """

    sentences: int
    annotated: Mapping[str, float]
    held_out_sentences: int
    predicted: Mapping[str, float]
    confidence: tuple[float, ...]
    tokens: tuple[float, ...]

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> TextProfile:
        """The profile in a mapping read from JSON."""
        deciles = {name: tuple(content[name]) for name in ("confidence", "tokens")}
        return cls(**{**content, **deciles})
