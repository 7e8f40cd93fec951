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
        bulk_sentences: of the file that is scored once, as one job.
        bulk_documents: single sentences in the Parquet file that a cluster scores too.
        training_steps: steps of each kind of training in a round.
        retraining_seeds: trainings of each row on a public set.
        retraining_documents: documents of each part of a set; all where it is None.
        few_shot_draws: draws of a few sentences a label to learn from.
        few_shot_examples: sentences a label in a draw.
        few_shot_tested: sentences that each draw is tested on.
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
    bulk_sentences: int
    bulk_documents: int
    training_steps: int
    retraining_seeds: int
    retraining_documents: int | None
    few_shot_draws: int
    few_shot_examples: int
    few_shot_tested: int


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
    bulk_sentences=1_000_000,
    bulk_documents=200_000,
    training_steps=12,
    retraining_seeds=3,
    retraining_documents=None,
    few_shot_draws=10,
    few_shot_examples=8,
    few_shot_tested=1_000,
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
    bulk_sentences=200,
    bulk_documents=100,
    training_steps=2,
    retraining_seeds=1,
    retraining_documents=20,
    few_shot_draws=1,
    few_shot_examples=4,
    few_shot_tested=20,
)
