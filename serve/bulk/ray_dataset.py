"""A Ray Data pipeline: chunks from a queue, through actors with a model each, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import pyarrow as pa
import ray
from ray import cloudpickle
from ray.data import ActorPoolStrategy, DataContext, Dataset, Datasource, ReadTask, read_datasource
from ray.data.block import BlockMetadata
from ray.util.queue import Queue

from framelens.model import FramelensError
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.ray_cluster import Pool
from framelens.serve.bulk.rows import Chunk

__all__ = ["Answer", "MakeWorker", "Worker", "answers", "new_queue", "pickled"]

CALLS = 2
"""Chunks that an actor has under way."""

COLUMN = "pickled"


class Worker(Protocol):
    """What an actor has: it scores chunks, from several threads at once."""

    @property
    def identity(self) -> str:
        """What determines results: the same on all nodes, or they are refused."""
        ...

    def score(self, chunk: Chunk) -> EncodedChunk:
        """The chunk's part of every file."""
        ...


MakeWorker = Callable[[int], Worker]
"""Makes one that computes on so many cores; can be pickled, and is called once in each actor."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an actor says to a chunk: its result and what determined it, or what is wrong there."""

    encoded: EncodedChunk | None = None
    identity: str = ""
    fault: str = ""


def new_queue() -> Queue:
    """A queue on this node, whose end would be the end of all; it takes no core from actors."""
    node = ray.get_runtime_context().get_node_id()
    options = {"num_cpus": 0, "label_selector": {"ray.io/node-id": node}, "max_restarts": 0}
    return Queue(actor_options=options)


def pickled(item: object) -> bytes:
    """An object as it travels between nodes."""
    content: bytes = cloudpickle.dumps(item)
    return content


def answers(queue: Queue, make_worker: MakeWorker, pool: Pool) -> Iterator[Answer]:
    """What actors answer to the pickled chunks of a queue, in their order, until it has None.

    Raises:
        RayError: an actor or a node is gone, or a chunk has failed.
        ExecutionTimeoutError: nothing has happened for so long as the pool is patient.
    """
    names: list[str] = []
    dataset = _dataset(queue, make_worker, pool, names)
    try:
        for batch in dataset.iter_batches(
            batch_size=None, batch_format="pyarrow", prefetch_batches=0
        ):
            for content in batch[COLUMN]:
                yield cloudpickle.loads(content.as_py())
    finally:
        _end(names)


def _dataset(queue: Queue, make_worker: MakeWorker, pool: Pool, names: list[str]) -> Dataset:
    def named() -> dict[str, Any]:
        names.append(uuid4().hex)
        return {"name": names[-1]}

    with DataContext.current(_context(pool)):
        # To read costs no core, so that actors that have all of them do not wait for it for ever
        # (https://github.com/ray-project/ray/issues/44687).
        chunks = read_datasource(_Chunks(queue), override_num_blocks=1, num_cpus=0)
        dataset: Dataset = chunks.map_batches(
            _Actor,
            fn_constructor_args=(make_worker, pool.cpus),
            batch_size=1,
            batch_format="pyarrow",
            num_cpus=pool.cpus,
            num_gpus=pool.gpus or None,
            memory=pool.memory,
            compute=ActorPoolStrategy(
                min_size=pool.least,
                max_size=pool.most,
                # While the engine works on one chunk, the next is prepared.
                max_concurrent_calls_per_actor=CALLS,
                enable_true_multi_threading=True,
            ),
            ray_remote_args_fn=named,
            # One that is gone is not waited for: there may be no room where it could come back.
            max_restarts=0,
            max_task_retries=0,
        )
    return dataset


def _end(names: list[str]) -> None:
    """End actors at once: after a failure, others need the room that they have.

    Ray Data lets go of them, but what holds a traceback holds them too.
    """
    for name in names:
        with suppress(ValueError):  # It has ended already.
            ray.kill(ray.get_actor(name))


def _context(pool: Pool) -> DataContext:
    context = DataContext.get_current().copy()
    context.execution_options.preserve_order = True
    context.execution_no_progress_timeout_s = pool.patience
    # Every chunk goes its own way as soon as it is there.
    context.target_max_block_size = 1
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return context


class _Chunks(Datasource):
    """The chunks of a queue, each a block of its own, read on the queue's node."""

    supports_distributed_reads = False

    def __init__(self, queue: Queue) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._queue = queue

    def estimate_inmemory_data_size(self) -> int | None:
        """Unknown: there may be more, or none."""
        return None

    def get_read_tasks(
        self,
        parallelism: int,
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,
    ) -> list[ReadTask]:
        """One task that reads all of them."""
        queue = self._queue

        def read() -> Iterable[pa.Table]:
            while (content := queue.get()) is not None:
                yield _table(content)

        return [ReadTask(read, BlockMetadata(None, None, None, None))]


class _Actor:
    """A model, and what it answers.

    What is wrong is an answer too: it comes in its turn, after the results of earlier chunks, and
    an exception would end all that is under way.
    """

    def __init__(self, make_worker: MakeWorker, threads: int) -> None:
        self._fault = ""
        try:
            self._worker = make_worker(threads)
        except (FramelensError, OSError) as error:
            self._fault = f"{ray.util.get_node_ip_address()}: {error}"

    def __call__(self, batch: pa.Table) -> pa.Table:
        return _table(pickled(self._answer(cloudpickle.loads(batch[COLUMN][0].as_py()))))

    def _answer(self, chunk: Chunk) -> Answer:
        if self._fault:
            return Answer(fault=self._fault)
        try:
            return Answer(self._worker.score(chunk), self._worker.identity)
        except Exception as error:
            first = chunk.rows[0]
            place = f"{first.source}:{first.number} and the {len(chunk.rows) - 1} rows after it"
            return Answer(fault=f"{place}: {type(error).__name__}: {error}")


def _table(content: bytes) -> pa.Table:
    # A chunk may be larger than the 2 GiB that a plain column holds.
    return pa.table({COLUMN: pa.array([content], pa.large_binary())})
