"""How much is measured: in full, or just enough to see that the benchmark works."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Effort"]


@dataclass(frozen=True)
class Effort:
    """What the parts of the benchmark take.

    Attributes:
        rounds: turns of every contender.
        documents: documents that the engines read, in each round a part of them, and that loads
            are made of.
        products: repetitions of each matrix product of the ideal.
        warm_up: seconds of a load before it is measured.
        seconds: seconds of a load that are measured.
        answers: sentences whose labels are compared with framelens's.
        scored: documents that ``framelens score`` reads.
        scored_by_peers: the first of them, which the slower scripts read.
        lengths: sentences of the growing documents.
        least_sentences: sentences of all documents of one length together.
        clients: numbers of clients of the growing load.
        clients_seconds: seconds of each that are measured.
        soak_requests: requests after which the soak ends.
        overload_seconds: of the load of more than the server can do.
        training_steps: steps of each kind of training in a round.
    """

    rounds: int
    documents: int
    products: int
    warm_up: float
    seconds: float
    answers: int
    scored: int
    scored_by_peers: int
    lengths: tuple[int, ...]
    least_sentences: int
    clients: tuple[int, ...]
    clients_seconds: float
    soak_requests: int
    overload_seconds: float
    training_steps: int


FULL = Effort(
    rounds=3,
    documents=2_000,
    products=20,
    warm_up=1.5,
    seconds=6,
    answers=100,
    scored=20_000,
    scored_by_peers=300,
    lengths=(10, 100, 1_000, 10_000, 100_000),
    least_sentences=10_000,
    clients=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    clients_seconds=4,
    soak_requests=200_000,
    overload_seconds=300,
    training_steps=12,
)
QUICK = Effort(
    rounds=1,
    documents=8,
    products=2,
    warm_up=0.1,
    seconds=0.4,
    answers=5,
    scored=16,
    scored_by_peers=4,
    lengths=(10, 100),
    least_sentences=100,
    clients=(1, 4),
    clients_seconds=0.4,
    soak_requests=20,
    overload_seconds=4,
    training_steps=2,
)
