"""How much one request may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framelens.model import Document
from framelens.serve.problems import Problem

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What is enforced on every request; more is refused with status 413.

    ``body_bytes`` counts the body as it arrives; ``code_points`` all texts and sentences of
    a request together; ``sentences`` those that the caller has split. An answer that takes
    longer than ``answer_seconds`` is given up, with status 503.
    """

    body_bytes: int = 4 * 2**20
    documents: int = 128
    code_points: int = 1_000_000
    sentences: int = 10_000
    answer_seconds: float = 60

    def check(self, documents: Sequence[Document]) -> None:
        """Refuse documents that are too many or too long.

        Raises:
            Problem: its code names the limit, its detail the number found and the allowed one.
        """
        found = {
            "documents": len(documents),
            "code_points": sum(document.code_points for document in documents),
            "sentences": sum(len(document.sentences or ()) for document in documents),
        }
        for name, number in found.items():
            allowed = getattr(self, name)
            if number > allowed:
                words = name.replace("_", " ")
                raise Problem(
                    f"too_many_{name}",
                    f"{number} {words} in one request; at most {allowed} are allowed",
                )
