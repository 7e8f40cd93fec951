"""How much one request, and all together, may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framelens.model import Document
from framelens.serve.problems import Problem

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What is enforced on every request, and on all together.

    Of one request: ``body_bytes`` counts the body as it arrives; ``code_points`` all texts and
    sentences of a request together; ``sentences`` those that the caller has split. More is
    refused with status 413, and more than ``header_bytes`` of headers with 431. An answer
    that takes longer than ``answer_seconds`` is given up.

    Of a connection, each absolute: ``header_seconds`` and ``body_seconds`` to receive a
    request (408), ``write_seconds`` for the client to read what it is sent, ``idle_seconds``
    between two requests.

    Of all together: ``connections`` that are open, of which one without a request gives way;
    ``receiving_bytes`` of bodies that are not complete; ``long_requests`` that are worked on;
    ``queue_tokens`` that wait for the engine. More is refused with status 429.

    Of jobs: ``job_documents`` in one; ``unfinished_jobs`` of all clients together, and more are
    refused with status 429. Each of their documents is within the limits of a request.

    Of the service: with ``models`` in memory no more are loaded; after ``wedged_seconds`` over
    one batch it counts as stuck, and after ``stop_seconds`` it ends whatever is left to do.
    """

    body_bytes: int = 4 * 2**20
    documents: int = 128
    code_points: int = 1_000_000
    sentences: int = 10_000
    answer_seconds: float = 60
    header_bytes: int = 16 * 2**10
    header_seconds: float = 10
    body_seconds: float = 30
    write_seconds: float = 30
    idle_seconds: int = 5
    connections: int = 512
    receiving_bytes: int = 64 * 2**20
    long_requests: int = 32
    queue_tokens: int = 1_000_000
    job_documents: int = 4_096
    unfinished_jobs: int = 256
    models: int = 4
    wedged_seconds: float = 30
    stop_seconds: int = 20

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
