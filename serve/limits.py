"""How much one request may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from framelens.model import Document
from framelens.serve.problems import Problem

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What is enforced on every request; more is refused with status 413.

    ``body_bytes`` counts the body as it arrives; ``code_points`` all texts and sentences of
    a request together; ``sentences`` those that the caller has split.
    """

    body_bytes: int = 4 * 2**20
    documents: int = 128
    code_points: int = 1_000_000
    sentences: int = 10_000

    def check(self, documents: Sequence[Document]) -> None:
        """Refuse documents that are too many or too long.

        Raises:
            Problem: its code names the limit, its detail the number found and the allowed one.
        """
        found = {
            "documents": len(documents),
            "code_points": sum(map(_code_points, documents)),
            "sentences": sum(len(document.sentences or ()) for document in documents),
        }
        for name, allowed in asdict(self).items():
            if found.get(name, 0) > allowed:
                words = name.replace("_", " ")
                raise Problem(
                    f"too_many_{name}",
                    f"{found[name]} {words} in one request; at most {allowed} are allowed",
                )


def _code_points(document: Document) -> int:
    return len(document.text or "") + sum(map(len, document.sentences or ()))
