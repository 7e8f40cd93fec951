"""Chunks scored by the actors of a Ray cluster, as a scorer of this process scores them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from framelens.model import EngineError, FramelensError
from framelens.serve.basis import Basis
from framelens.serve.bulk.encoder import Encoder
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.ray_cluster import Pool, RayOptions, connected, last_line
from framelens.serve.bulk.ray_scoring import encode_chunks
from framelens.serve.bulk.rows import Chunk
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings

__all__ = ["RayScorer"]


@dataclass(frozen=True, slots=True)
class RayScorer:
    """What a :class:`ChunkScorer` is, with its model on other machines."""

    basis: Basis
    """What determines the results: the same on every node."""
    encoder: Encoder
    settings: ScoringSettings
    pool: Pool

    @classmethod
    @contextmanager
    def load(cls, settings: ScoringSettings, options: RayOptions) -> Iterator[RayScorer]:
        """Connect to a cluster until the end of the block, and load the model once, to know it.

        Raises:
            EngineError: Ray cannot be reached, no actor fits, or the model cannot be loaded there.
        """
        with connected(options) as pool:
            basis, encoder = _described(settings, pool)
            yield cls(basis, encoder, settings, pool)

    def score_all(self, chunks: Iterable[Chunk]) -> Generator[EncodedChunk]:
        """Score chunks in order."""
        make_worker = partial(_Worker.load, self.settings)
        return encode_chunks(chunks, make_worker, self.pool, _identity(self.basis))


@dataclass(frozen=True, slots=True)
class _Worker:
    """What an actor has."""

    scorer: ChunkScorer
    identity: str

    @classmethod
    def load(cls, settings: ScoringSettings, threads: int) -> _Worker:
        scorer = ChunkScorer.load(settings, threads)
        return cls(scorer, _identity(scorer.basis))

    def score(self, chunk: Chunk) -> EncodedChunk:
        """The chunk's part of every file."""
        return self.scorer.score(chunk)


def _identity(basis: Basis) -> str:
    """The model and what runs it, and a digest of all that determines its answers."""
    model, engine = basis.model, basis.engine
    return f"{model.name} {model.version} on {engine.name} {engine.precision} ({basis.fingerprint})"


def _described(settings: ScoringSettings, pool: Pool) -> tuple[Basis, Encoder]:
    """What determines the results on some node that has room for an actor."""
    import ray

    # One call a process: the memory of the model is needed for the actors.
    resources: dict[str, Any] = {"num_cpus": pool.cpus, "num_gpus": pool.gpus, "max_calls": 1}
    describe = ray.remote(memory=pool.memory, max_retries=1, **resources)(_describe)
    try:
        described, fault = ray.get(describe.remote(settings, pool.cpus), timeout=pool.patience)
    except ray.exceptions.GetTimeoutError as error:
        raise EngineError(pool.no_room) from error
    except ray.exceptions.RayError as error:
        raise EngineError(f"Ray: no model could be loaded: {last_line(error)}") from error
    if described is None:
        raise EngineError(f"Ray: {fault}")
    basis, encoder = described
    return basis, encoder


def _describe(settings: ScoringSettings, threads: int) -> tuple[tuple[Basis, Encoder] | None, str]:
    try:
        scorer = ChunkScorer.load(settings, threads)
    except (FramelensError, OSError) as error:
        return None, str(error)
    return (scorer.basis, scorer.encoder), ""
