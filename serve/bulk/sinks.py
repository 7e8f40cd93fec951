"""Where scored chunks go: a file that can go on after any end, or a stream."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Protocol

from framelens.serve.bulk.checkpoint import RESTART, BulkError, Checkpoint
from framelens.serve.bulk.chunks import chained_digest
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.files import JobFiles, replace_file, sync
from framelens.serve.bulk.lock import lock
from framelens.serve.bulk.manifest import write_manifest
from framelens.serve.bulk.rows import Chunk
from framelens.serve.bulk.tally import Tally

__all__ = ["Deliver", "FileSink", "Finish", "Sink", "StreamSink"]

CHECKPOINT_SECONDS = 2.0
"""To have bytes on the disk takes a while, so it is not done for every small chunk."""

Finish = Callable[[BinaryIO, BinaryIO], None]
"""Reads the bytes of all chunks and writes the output."""

Deliver = Callable[[JobFiles], None]
"""Copies files that are complete."""


class Sink(Protocol):
    """What takes the chunks of a job in order."""

    @property
    def tally(self) -> Tally:
        """What is counted, also from before it was opened."""

    def left(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The chunks that are still to be scored."""

    def append(self, chunk: EncodedChunk) -> None:
        """Take the next chunk."""

    def complete(self) -> None:
        """There are no more chunks."""

    def close(self) -> None:
        """Keep what is there, complete or not."""


class StreamSink:
    """A stream, such as standard output, which gets every chunk at once and keeps no account."""

    def __init__(
        self, output: BinaryIO, errors: Callable[[bytes], object], begin: bytes = b""
    ) -> None:
        """Write to a stream.

        Args:
            output: the stream.
            errors: is given what chunks have for the file of errors.
            begin: what stands before the first chunk.
        """
        self._tally = Tally()
        self._begin = begin
        self._output = output
        self._errors = errors

    @property
    def tally(self) -> Tally:
        """What has been written."""
        return self._tally

    def left(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """All of them."""
        return iter(chunks)

    def append(self, chunk: EncodedChunk) -> None:
        """Write the next chunk."""
        self._output.write(self._begin + chunk.output)
        self._output.flush()
        self._begin = b""
        self._errors(chunk.errors)
        self._tally.add(chunk.tally)

    def complete(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is left to do."""


class FileSink:
    """A file that is written beside its place, with a checkpoint, and put there when complete.

    A job that has not come to its end goes on where its checkpoint says. The files are cut to what
    that says, and the chunks that it counts are read again, to see that they are the same, but
    not scored.
    """

    def __init__(
        self,
        path: Path,
        job: Mapping[str, Any],
        *,
        begin: bytes = b"",
        finish: Finish | None = None,
        deliver: Deliver | None = None,
        restart: bool = False,
    ) -> None:
        """Open the files of a job.

        Args:
            path: the output.
            job: all that determines its content, as JSON has it.
            begin: what stands before the first chunk.
            finish: makes the output of all these bytes where they are not it already.
            deliver: takes the complete files to where they are wanted, if not here.
            restart: whether to throw away what an earlier run has left.

        Raises:
            BulkError: another process works on it, or an earlier run had another job.
            OSError: a file cannot be opened.
        """
        self._files = JobFiles(path)
        self._finish = finish
        self._deliver = deliver
        self._digests: deque[str] = deque()
        self._saved_at = monotonic()
        with ExitStack() as opened:
            self._partial = opened.enter_context(_open(self._files.partial))
            self._errors = opened.enter_context(_open(self._files.errors_partial))
            lock(self._partial, path)
            if restart:
                self._files.checkpoint.unlink(missing_ok=True)
            before = Checkpoint.read(self._files.checkpoint, job)
            self._checkpoint = before or Checkpoint(job=dict(job))
            if not self.is_scored:
                _cut(self._partial, self._checkpoint.output_bytes)
                _cut(self._errors, self._checkpoint.error_bytes)
            if before is None:
                self._partial.write(begin)
                self._checkpoint.output_bytes = len(begin)
            opened.pop_all()

    @property
    def tally(self) -> Tally:
        """What the files count, also from before they were opened."""
        return self._checkpoint.tally

    @property
    def is_scored(self) -> bool:
        """Whether an earlier run has come so far that only :meth:`complete` is to be done."""
        return self._checkpoint.is_complete

    def left(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The chunks that are not in the files yet; those before are read and compared.

        Raises:
            BulkError: what was scored is no longer in the input.
        """
        if self.is_scored:
            return
        chunks = iter(chunks)
        digest = ""
        for chunk in islice(chunks, self._checkpoint.chunks):
            digest = chained_digest(digest, chunk)
        if digest != self._checkpoint.rows_digest:
            rows = f"its first {self.tally.rows:,} rows are not those that were scored"
            message = f"{self._files.checkpoint}: the input has changed: {rows}"
            raise BulkError(f"{message}; {RESTART}")
        for chunk in chunks:
            digest = chained_digest(digest, chunk)
            self._digests.append(digest)
            yield chunk

    def append(self, chunk: EncodedChunk) -> None:
        """Write the next chunk; now and then, have it on the disk and say so."""
        self._partial.write(chunk.output)
        self._errors.write(chunk.errors)
        before = self._checkpoint
        tally = Tally()
        tally.add(before.tally)
        tally.add(chunk.tally)
        # In one step: whatever interrupts this, the bytes count wholly or not at all.
        self._checkpoint = before.model_copy(
            update={
                "chunks": before.chunks + 1,
                "rows_digest": self._digests[0],
                "output_bytes": before.output_bytes + len(chunk.output),
                "error_bytes": before.error_bytes + len(chunk.errors),
                "tally": tally,
            }
        )
        self._digests.popleft()
        if monotonic() - self._saved_at > CHECKPOINT_SECONDS:
            self._save()

    def complete(self) -> None:
        """Put the files in their places. What was cut short in this is done again by the next run.

        Raises:
            OSError: there is no room, or the place may not be written to.
            InputError: the files cannot be delivered.
        """
        if not self.is_scored:
            self._checkpoint = self._checkpoint.model_copy(update={"is_complete": True})
            self._save()
        files, done = self._files, self._checkpoint
        has_output = _size(self._partial) == done.output_bytes
        has_errors = _size(self._errors) == done.error_bytes
        self._partial.close()
        self._errors.close()
        if has_output:
            self._publish()
        if not done.error_bytes:
            files.errors.unlink(missing_ok=True)
        elif has_errors:
            replace_file(files.errors_partial, files.errors)
        write_manifest(files, done)
        if self._deliver:
            self._deliver(files)
        self._forget()

    def close(self) -> None:
        """Keep how far the job has come, and nothing where it has not begun."""
        if self._partial.closed:
            return
        try:
            if self._checkpoint.chunks:
                self._save()
        finally:
            self._partial.close()
            self._errors.close()
        if not self._checkpoint.chunks:
            self._forget()

    def _save(self) -> None:
        for stream in (self._partial, self._errors):
            stream.flush()
            os.fsync(stream.fileno())
        self._checkpoint.write(self._files.checkpoint)
        self._saved_at = monotonic()

    def _publish(self) -> None:
        files = self._files
        if self._finish is None:
            replace_file(files.partial, files.output)
            return
        with files.partial.open("rb") as spool, files.draft.open("wb") as output:
            self._finish(spool, output)
        sync(files.draft)
        replace_file(files.draft, files.output)

    def _forget(self) -> None:
        files = self._files
        for path in (files.partial, files.errors_partial, files.checkpoint, files.texts):
            path.unlink(missing_ok=True)


def _cut(stream: BinaryIO, size: int) -> None:
    if (there := _size(stream)) < size:
        message = f"{stream.name}: has {there:,} bytes, but {size:,} were written"
        raise BulkError(f"{message}; {RESTART}")
    stream.truncate(size)
    stream.seek(size)


def _open(path: Path) -> BinaryIO:
    # Neither "wb", which would throw away what an earlier run has left, nor "ab", which
    # cannot be cut.
    path.touch()
    return path.open("r+b")


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size
