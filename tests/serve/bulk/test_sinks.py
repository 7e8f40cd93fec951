"""Files that go on after any end, and say why where they cannot."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from framelens.model import Document
from framelens.serve.bulk.checkpoint import BulkError
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.run import TooManyErrorsError, run
from framelens.serve.bulk.sinks import FileSink, StreamSink
from framelens.serve.bulk.tally import Tally

JOB = {"model": {"name": "m", "sha256": "abc"}, "inputs": [{"name": "a", "size": 7}]}
CHUNKS = 10


def chunks(count: int, begin: str = "text") -> Iterator[Chunk]:
    """Chunks of two rows each, of which the second has no result in every third chunk."""
    for number in range(count):
        rows = [Row("a", number, Document(f"{begin} {number}.{each}")) for each in range(2)]
        yield Chunk(number, rows)


def encode(given: Iterable[Chunk]) -> Generator[EncodedChunk]:
    """A line for each row, and an error in every third chunk."""
    for chunk in given:
        failed = chunk.number % 3 == 0
        texts = [row.document.text or "" for row in chunk.rows if row.document]
        errors = [f"{texts.pop()} failed\n"] if failed else []
        yield EncodedChunk(
            chunk.number,
            "".join(f"{text}\n" for text in texts).encode(),
            "".join(errors).encode(),
            Tally(rows=2, failed=len(errors), labels=Counter(calm=len(texts))),
        )


class Killed(BaseException):
    """No error that anybody catches."""


def score(path: Path, job: dict[str, Any] = JOB, count: int = CHUNKS, **options: Any) -> None:
    run(chunks(count), encode, FileSink(path, job, **options))


def interrupt(path: Path, after: int, job: dict[str, Any] = JOB) -> None:
    """Begin a job, and let it end after some chunks."""

    def encode_some(given: Iterable[Chunk]) -> Generator[EncodedChunk]:
        yield from islice(encode(given), after)
        raise Killed

    with pytest.raises(Killed):
        run(chunks(CHUNKS), encode_some, FileSink(path, job))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    encoded = list(encode(chunks(CHUNKS)))
    return {
        "out": b"".join(chunk.output for chunk in encoded),
        "out.errors.jsonl": b"".join(chunk.errors for chunk in encoded),
    }


def test_a_job_leaves_its_output_its_errors_and_a_manifest(
    tmp_path: Path, expected: dict[str, bytes]
):
    score(tmp_path / "out")
    written = contents(tmp_path)
    manifest = json.loads(written.pop("out.manifest.json"))
    assert written == expected
    assert manifest["job"] == JOB
    assert manifest["counts"]["rows"] == 2 * CHUNKS
    assert manifest["counts"]["failed"] == 4
    assert manifest["counts"]["labels"] == {"calm": 16}
    for name in ("output", "errors"):
        told = manifest[name]
        content = expected[told["name"]]
        assert told["bytes"] == len(content)
        assert told["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_stands_before_the_first_chunk_stands_there_once(
    tmp_path: Path, expected: dict[str, bytes]
):
    def score(most_errors: int | None) -> None:
        sink = FileSink(tmp_path / "out", JOB, begin=b"begin\n")
        run(chunks(CHUNKS), encode, sink, most_errors)

    for most_errors in (0, 1):
        with pytest.raises(TooManyErrorsError):
            score(most_errors)
    score(None)
    assert (tmp_path / "out").read_bytes() == b"begin\n" + expected["out"]


@pytest.mark.parametrize("after", range(CHUNKS + 1))
def test_a_job_that_ended_early_goes_on(tmp_path: Path, expected: dict[str, bytes], after: int):
    interrupt(tmp_path / "out", after)
    assert "out" not in contents(tmp_path)
    assert (tmp_path / "out.checkpoint").exists() == bool(after)
    scored: list[int] = []

    def encode_and_note(given: Iterable[Chunk]) -> Generator[EncodedChunk]:
        for chunk in encode(given):
            scored.append(chunk.number)
            yield chunk

    run(chunks(CHUNKS), encode_and_note, FileSink(tmp_path / "out", JOB))
    assert scored == list(range(after, CHUNKS))
    written = contents(tmp_path)
    assert json.loads(written.pop("out.manifest.json"))["counts"]["rows"] == 2 * CHUNKS
    assert written == expected


def test_a_file_that_was_there_stays_until_another_is_complete(tmp_path: Path):
    (tmp_path / "out").write_text("earlier")
    (tmp_path / "out.errors.jsonl").write_text("earlier")
    interrupt(tmp_path / "out", 4)
    assert (tmp_path / "out").read_text() == "earlier"
    run([], encode, FileSink(tmp_path / "out", JOB, restart=True))
    assert (tmp_path / "out").read_text() == ""
    assert {*contents(tmp_path)} == {"out", "out.manifest.json"}


@pytest.mark.parametrize(
    ("job", "difference"),
    [
        ({**JOB, "model": {"name": "m", "sha256": "abd"}}, "model.sha256 was 'abc', is 'abd'"),
        ({**JOB, "inputs": []}, "inputs was [{'name': 'a', 'size': 7}], is []"),
        ({**JOB, "inputs": [{"name": "a", "size": 8}]}, "inputs[0].size was 7, is 8"),
        ({**JOB, "evidence": True}, "evidence was None, is True"),
        ({"model": JOB["model"]}, "inputs was [{'name': 'a', 'size': 7}], is None"),
    ],
)
def test_another_job_is_refused_with_what_differs(
    tmp_path: Path, job: dict[str, Any], difference: str
):
    interrupt(tmp_path / "out", 4)
    before = contents(tmp_path)
    with pytest.raises(BulkError) as caught:
        score(tmp_path / "out", job)
    place = f"{tmp_path / 'out.checkpoint'}: is of a job that differs: {difference}; "
    assert str(caught.value).startswith(place)
    assert str(caught.value).endswith("to throw away what is done, add --restart")
    assert contents(tmp_path) == before
    score(tmp_path / "out", job, restart=True)
    assert json.loads((tmp_path / "out.manifest.json").read_text())["job"] == job


@pytest.mark.parametrize(("begin", "count"), [("other", CHUNKS), ("text", 3)])
def test_an_input_that_has_changed_is_refused(tmp_path: Path, begin: str, count: int):
    interrupt(tmp_path / "out", 4)
    before = contents(tmp_path)
    with pytest.raises(BulkError, match="the input has changed: its first 8 rows are not those"):
        run(chunks(count, begin), encode, FileSink(tmp_path / "out", JOB))
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Invalid JSON: EOF while parsing"),
        ('{"format": 2, "job": {}}', "format Input should be 1"),
        ('{"format": 1}', "job Field required"),
    ],
)
def test_a_checkpoint_that_is_none_is_refused(tmp_path: Path, content: str, message: str):
    interrupt(tmp_path / "out", 4)
    (tmp_path / "out.checkpoint").write_text(content)
    with pytest.raises(BulkError) as caught:
        score(tmp_path / "out")
    assert f"{tmp_path / 'out.checkpoint'}: no checkpoint of this version: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("suffix", [".partial", ".errors.jsonl.partial"])
def test_files_that_lack_what_was_written_are_refused(tmp_path: Path, suffix: str):
    interrupt(tmp_path / "out", 4)
    (tmp_path / f"out{suffix}").write_text("x")
    with pytest.raises(BulkError, match=r"partial: has 1 bytes, but \d+ were written; to throw"):
        score(tmp_path / "out")


def test_two_processes_do_not_write_the_same_file(tmp_path: Path):
    first = FileSink(tmp_path / "out", JOB)
    with pytest.raises(BulkError, match=f"{tmp_path / 'out'}: another process is writing it"):
        FileSink(tmp_path / "out", JOB)
    first.close()
    score(tmp_path / "out")


def test_what_has_not_begun_leaves_nothing(tmp_path: Path):
    FileSink(tmp_path / "out", JOB).close()
    assert contents(tmp_path) == {}


def test_more_errors_than_allowed_end_a_job_that_can_go_on(
    tmp_path: Path, expected: dict[str, bytes]
):
    for allowed, rows in ((0, 2), (2, 14), (3, 20)):
        for _ in range(2):
            message = f"{allowed + 1} of {rows} rows have no result, more than --max-errors"
            with pytest.raises(TooManyErrorsError, match=message):
                run(chunks(CHUNKS), encode, FileSink(tmp_path / "out", JOB), allowed)
            assert not (tmp_path / "out").exists()
    run(chunks(CHUNKS), encode, FileSink(tmp_path / "out", JOB), 4)
    assert (tmp_path / "out").read_bytes() == expected["out"]


def test_an_output_that_takes_a_step_of_its_own(tmp_path: Path, expected: dict[str, bytes]):
    def finish(spool: BinaryIO, out: BinaryIO) -> None:
        out.write(spool.read().upper())

    def fail(spool: BinaryIO, out: BinaryIO) -> None:
        out.write(b"half")
        raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            score(tmp_path / "out", finish=fail)
        assert not (tmp_path / "out").exists()
    run(None, encode, FileSink(tmp_path / "out", JOB, finish=finish))  # type: ignore[arg-type]
    assert (tmp_path / "out").read_bytes() == expected["out"].upper()
    assert {*contents(tmp_path)} == {"out", "out.errors.jsonl", "out.manifest.json"}


def test_a_stream_gets_every_chunk_at_once(expected: dict[str, bytes]):
    output, errors = BytesIO(), BytesIO()
    sink = StreamSink(output, errors.write, b"begin\n")
    rows: list[int] = []

    def watch(tally: Tally) -> None:
        rows.append(tally.rows)
        assert output.getvalue().count(b"\n") == tally.rows - tally.failed + bool(tally.rows)

    run(chunks(CHUNKS), encode, sink, watch=watch)
    assert output.getvalue() == b"begin\n" + expected["out"]
    assert errors.getvalue() == expected["out.errors.jsonl"]
    assert rows == list(range(0, 2 * CHUNKS + 1, 2))


KILLED_EVERYWHERE = """
import os, sys
from pathlib import Path
from framelens.serve.bulk import sinks
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.rows import Chunk, Row
from framelens.serve.bulk.run import run
from framelens.serve.bulk.tally import Tally

sinks.CHECKPOINT_SECONDS = 0
path = Path(sys.argv[1]) / "out"

def chunks():
    for number in range(5):
        yield Chunk(number, [Row("a", number, None)])

def encode(given):
    for chunk in given:
        yield EncodedChunk(chunk.number, b"%d\\n" % chunk.number, b"error\\n", Tally(rows=1))

def dies_at(step):
    steps = 0
    def counted(function):
        def call(*arguments, **options):
            nonlocal steps
            steps += 1
            if steps == step:
                os._exit(9)
            result = function(*arguments, **options)
            steps += 1
            if steps == step:
                os._exit(9)
            return result
        return call
    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, counted(getattr(os, name)))

def finish(spool, out):
    out.write(spool.read())

def whole(death):
    if death:
        dies_at(death)
    options = {"finish": finish} if sys.argv[2] == "finish" else {}
    run(chunks(), encode, sinks.FileSink(path, {}, **options))
    os._exit(0)

def child(death):
    if not (pid := os.fork()):
        whole(death)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

child(0)
def content():
    return {each.name: each.read_bytes() for each in path.parent.iterdir()
            if not each.name.endswith(".manifest.json")}
expected, death = content(), 1
while True:
    for each in path.parent.iterdir():
        each.unlink()
    if child(death) == 0:
        break
    assert child(0) == 0
    assert content() == expected, (death, content().keys())
    death += 1
print(death)
"""


@pytest.mark.parametrize("way", ["rename", "finish"])
def test_killed_at_every_step_it_goes_on(tmp_path: Path, way: str):
    result = subprocess.run(
        [sys.executable, "-c", KILLED_EVERYWHERE, tmp_path, way],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 8 * 5
