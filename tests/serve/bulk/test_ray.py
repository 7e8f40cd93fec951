"""The chunks of a job over Ray: the same results, in order, whatever is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from framelens.model import Document, EngineError, FramingClassifier, InputError
from framelens.serve.bulk import ray_scoring
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.ray_cluster import RayOptions, connected, parse_actors
from framelens.serve.bulk.ray_scorer import RayScorer
from framelens.serve.bulk.ray_scoring import encode_chunks
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.bulk.tally import Tally

from .slow import slow

if TYPE_CHECKING:
    from framelens.serve.bulk.ray_dataset import MakeWorker

ray = pytest.importorskip("ray")
# Ray sets deprecated settings of its own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MEMORY = 50 * 2**20


@pytest.fixture(scope="module", autouse=True)
def by_value() -> Iterator[None]:
    """What is defined here travels to workers, which do not have this module."""
    module = sys.modules[__name__]
    ray.cloudpickle.register_pickle_by_value(module)
    yield
    ray.cloudpickle.unregister_pickle_by_value(module)


def node(cpus: int = 1) -> dict[str, Any]:
    return {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": 100_000_000}


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A node with one CPU, on which this process runs, and room for more nodes."""
    from ray.cluster_utils import Cluster

    running = Cluster(initialize_head=True, head_node_args=node())
    yield running
    running.shutdown()


@pytest.fixture(scope="module")
def small() -> Iterator[RayOptions]:
    """A cluster that has a single CPU, for tests that change nothing in it."""
    from ray.cluster_utils import Cluster

    running = Cluster(initialize_head=True, head_node_args=node())
    yield RayOptions(running.address, memory=MEMORY)
    running.shutdown()


@dataclass
class Upper:
    """Works without a model, and says where."""

    threads: int
    seconds: float = 0.0
    identity: str = "upper"

    def score(self, chunk: Chunk) -> EncodedChunk:
        """Write texts in capitals."""
        sleep(self.seconds)
        texts = [row.document.text or "" for row in chunk.rows if row.document]
        node = ray.get_runtime_context().get_node_id()
        output = "".join(f"{text.upper()}\n" for text in texts).encode()
        return EncodedChunk(chunk.number, output, b"", Tally(len(texts), labels=Counter([node])))


def chunks(count: int) -> Iterator[Chunk]:
    for number in range(count):
        rows = [Row("in.csv", 3 * number + row, Document(f"a {row}")) for row in range(3)]
        yield Chunk(number, rows)


def output(encoded: Sequence[EncodedChunk]) -> bytes:
    return b"".join(chunk.output for chunk in encoded)


def nodes(encoded: Sequence[EncodedChunk]) -> int:
    return len({node for chunk in encoded for node in chunk.tally.labels})


def scored(
    parts: Iterable[Chunk], make_worker: MakeWorker, options: RayOptions
) -> Generator[EncodedChunk]:
    with connected(options) as pool:
        yield from encode_chunks(parts, make_worker, pool)


def expected(count: int) -> bytes:
    return b"A 0\nA 1\nA 2\n" * count


@slow
def test_chunks_come_back_in_order_from_as_many_actors_as_they_keep_busy(cluster: Any):
    cluster.add_node(**node())
    options = RayOptions(cluster.address, least=1, most=2, cpus=1, memory=MEMORY)
    encoded = list(scored(chunks(40), partial(Upper, seconds=0.1), options))
    assert [chunk.number for chunk in encoded] == list(range(40))
    assert output(encoded) == expected(40)
    assert nodes(encoded[:1]) == 1
    assert nodes(encoded) == 2


def test_what_a_lost_node_had_is_scored_again(cluster: Any, caplog: pytest.LogCaptureFixture):
    lost = cluster.add_node(**node())
    options = RayOptions(cluster.address, least=2, most=2, cpus=1, memory=MEMORY)
    encoded = []
    for chunk in scored(chunks(40), partial(Upper, seconds=0.1), options):
        encoded.append(chunk)
        if chunk.number == 12:
            cluster.remove_node(lost, allow_graceful=False)
    assert output(encoded) == expected(40)
    assert nodes(encoded[:12]) == 2
    assert nodes(encoded[30:]) == 1
    assert "what is lost is scored again" in caplog.text


def test_http_one_process_and_ray_give_the_same_answers(
    classifier: FramingClassifier, http: httpx2.Client
):
    settings = ScoringSettings(engine="openvino", precision="f32", review_below=0.6)
    texts = ["We won again!", "They said: “It is over.” " * 60, "\ufffc", "It rained."]
    rows = [Row("in", 1, Document(text, id=str(number))) for number, text in enumerate(texts * 5)]
    rows[7] = Row("in", 8, None, fault="no text", raw="{}")
    parts = [Chunk(number, rows[4 * number : 4 * number + 4]) for number in range(5)]
    local = ChunkScorer(classifier, settings)
    # On a cluster that is this machine, of which one actor may take every CPU.
    with RayScorer.load(settings, RayOptions(memory=2**28)) as remote:
        assert remote.basis == local.basis
        assert remote.encoder == local.encoder
        encoded = list(remote.score_all(parts))
    assert encoded == list(local.score_all(parts))
    assert output(encoded) == b"".join(local.score(chunk).output for chunk in parts)
    documents = [{"id": row.document.id, "text": row.document.text} for row in rows if row.document]
    request = {"documents": documents, "options": {"review_below": 0.6}}
    served = http.post("/v1/classify", json=request).json()["documents"]
    scored = [json.loads(line) for line in output(encoded).splitlines()]
    assert_alike([each for each in served if not each["error"]], scored)


def assert_alike(one: Any, other: Any) -> None:
    """Equal but for what batches of other shapes do to the last digits."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        one, other = list(one.values()), list(other.values())
    if isinstance(one, list):
        for first, second in zip(one, other, strict=True):
            assert_alike(first, second)
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-6)
    else:
        assert one == other


@slow
def test_a_model_that_is_not_there_is_told(small: RayOptions):
    with (
        pytest.raises(EngineError, match=r"^Ray: other: no artefact here"),
        RayScorer.load(ScoringSettings(model="other"), small),
    ):
        pass


@dataclass
class Broken(Upper):
    """Cannot do what it is there for."""

    fatal: bool = False

    def score(self, chunk: Chunk) -> EncodedChunk:
        """Fail at the third chunk, or end the process."""
        if chunk.number == 2:
            if self.fatal:
                os._exit(1)
            raise ZeroDivisionError("no such chunk")
        return super().score(chunk)


@slow
def test_an_error_comes_after_the_chunks_before_it(small: RayOptions):
    encoded = scored(chunks(9), Broken, small)
    assert [next(encoded).number, next(encoded).number] == [0, 1]
    message = "^Ray: in.csv:6 and the 2 rows after it: ZeroDivisionError: no such chunk$"
    with pytest.raises(EngineError, match=message):
        next(encoded)


@slow
def test_what_ends_every_actor_is_given_up(small: RayOptions, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ray_scoring, "PAUSE_SECONDS", 0.0)
    message = r"^Ray: failed 4 times in a row at in.csv:\d or after it: .*Actor.*Error: "
    with pytest.raises(EngineError, match=message):
        list(scored(chunks(9), partial(Broken, fatal=True), small))


def no_model(threads: int) -> Upper:
    raise EngineError(f"no engine for {threads} threads")


@slow
def test_what_keeps_an_actor_from_working_is_told(small: RayOptions):
    with pytest.raises(EngineError, match=r"^Ray: [0-9.]+: no engine for 1 threads$"):
        list(scored(chunks(9), no_model, small))


def other(threads: int) -> Upper:
    return Upper(threads, seconds=0.1, identity=uuid4().hex)


@slow
def test_nodes_that_have_other_models_are_refused(cluster: Any):
    cluster.add_node(**node())
    options = RayOptions(cluster.address, least=2, most=2, memory=MEMORY)
    with pytest.raises(EngineError, match=r"nodes differ: .* and .*; give all nodes the same"):
        list(scored(chunks(40), other, options))


@slow
def test_what_is_wrong_in_the_input_comes_through(small: RayOptions):
    def broken() -> Iterator[Chunk]:
        yield from chunks(2)
        raise InputError("in.csv: broken")

    with pytest.raises(InputError, match="broken"):
        list(scored(broken(), Upper, small))


@slow
def test_no_input_is_no_output(small: RayOptions):
    assert list(scored([], Upper, small)) == []


@slow
def test_input_may_take_its_time(small: RayOptions):
    def slow() -> Iterator[Chunk]:
        for chunk in chunks(12):
            if chunk.number == 8:
                sleep(10)
            yield chunk

    patient = RayOptions(small.address, memory=MEMORY, patience=8)
    assert output(list(scored(slow(), Upper, patient))) == expected(12)


@slow
def test_an_actor_that_fits_nowhere_is_not_waited_for_for_ever(small: RayOptions):
    options = RayOptions(small.address, memory=2**45, patience=3)
    message = (
        r"no result for 3 seconds \(--ray-timeout\); an actor needs 1 CPU, 32768.0 GiB; "
        r"there was 1 node with 1 CPU, "
    )
    with pytest.raises(EngineError, match=message):
        list(scored(chunks(9), Upper, options))


@slow
def test_an_actor_that_does_not_fit_on_this_machine_is_refused_at_once():
    with pytest.raises(EngineError, match=r"needs 10000 CPU, 1.0 GiB; there is 1 node with"):
        list(scored(chunks(9), Upper, RayOptions(cpus=10_000)))


def test_a_cluster_that_is_not_there_is_named():
    with pytest.raises(EngineError, match=r"Ray at 127.0.0.1:1: no cluster answers: "):
        list(scored(chunks(9), Upper, RayOptions("127.0.0.1:1")))


@slow
def test_signals_stay_with_the_job(small: RayOptions):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    encoded = scored(chunks(9), Upper, small)
    next(encoded)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    encoded.close()
    assert not ray.is_initialized()


def test_the_actors_are_a_number_or_two():
    assert parse_actors("4") == (4, 4)
    assert parse_actors("1:8") == (1, 8)
    for wrong in ("", ":", "1:", "0", "3:2", "1:2:3", "-1", "two", "1.5"):
        with pytest.raises(InputError, match=f"^--ray-actors {wrong}: "):
            parse_actors(wrong)


def test_a_client_address_is_refused():
    with pytest.raises(InputError, match="use HOST:PORT or auto; run framelens on a node"):
        RayOptions("ray://head:10001")


@slow
def test_a_cluster_that_has_no_worker_yet_is_waited_for():
    from ray.cluster_utils import Cluster

    running = Cluster(initialize_head=True, head_node_args=node(cpus=0))
    joining = "ray.scripts.scripts start --num-cpus 1 --block --address"
    growing = subprocess.Popen(
        ["sh", "-c", f"sleep 4; exec {sys.executable} -m {joining} {running.address}"],  # noqa: S607
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        options = RayOptions(running.address, cpus=1, memory=MEMORY)
        assert output(list(scored(chunks(9), Upper, options))) == expected(9)
    finally:
        growing.terminate()
        growing.wait()
        running.shutdown()
