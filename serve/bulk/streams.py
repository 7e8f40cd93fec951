"""The bytes of a source, decompressed, and the lines in them."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from framelens.serve.bulk.sources import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["MOST_BYTES", "DamageError", "Line", "Stream"]

MOST_BYTES = 64 * 2**20
"""Bytes of a line, of a row of a table and of a text at most, so that memory has a bound."""

_AT_ONCE = 2**17
_ZSTD_AT_ONCE = 2**12
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end; ``number`` counts from 1.

    ``text`` is None where it is too long or damaged. Where there is a ``fault`` and a text all
    the same, bytes that are not UTF-8 stand in it as halves of surrogate pairs.
    """

    number: int
    text: str | None
    fault: str | None = None


class DamageError(Exception):
    """A source that cannot be decompressed."""


class Stream:
    """The bytes of a source, decompressed if they begin as gzip or zstd do.

    Raises:
        OSError: the source cannot be opened.
    """

    def __init__(self, source: Source) -> None:
        self._raw = _Counted(source.open())
        buffered = io.BufferedReader(self._raw, _AT_ONCE)
        self.is_compressed = self._raw.head.startswith((_GZIP, _ZSTD))
        self._bytes = cast(BinaryIO, _decompressed(buffered, self._raw.head))

    @property
    def position(self) -> int:
        """How many bytes of the source have been read, compressed ones where it is."""
        return self._raw.count

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()
        self._raw.close()

    def read(self, count: int) -> bytes:
        """The next bytes, as many as asked for until the end.

        Raises:
            DamageError: what is compressed is broken or ends too early.
            OSError: the source cannot be read on.
        """
        try:
            return self._bytes.read(count)
        except (EOFError, zlib.error, OSError) as error:
            raise self._damage(error) from error

    def lines(self) -> Iterator[Line]:
        """The lines, without the byte order mark, each at most once and none too long for memory.

        Where what is compressed is damaged, the last line says so.

        Raises:
            OSError: the source cannot be read on.
        """
        number = 1
        try:
            while content := self._bytes.readline(MOST_BYTES + 1):
                if len(content) > MOST_BYTES:
                    self._pass_over(content)
                    yield Line(number, None, f"longer than {MOST_BYTES} bytes")
                else:
                    yield _decoded(content, number)
                number += 1
        except (EOFError, zlib.error, OSError) as error:
            yield Line(number, None, str(self._damage(error)))

    def _pass_over(self, content: bytes) -> None:
        while content and not content.endswith(b"\n"):
            content = self._bytes.readline(_AT_ONCE)

    def _damage(self, error: Exception) -> DamageError:
        """What to say of an error in decompression; an error in reading is not one."""
        if self._raw.error is not None:
            raise self._raw.error
        return DamageError(f"damaged, cannot be decompressed from here on: {error}")


class _Counted(io.RawIOBase):
    """Another stream, how much of it was read, its first bytes, and what went wrong with it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.count = 0
        self.error: OSError | None = None
        self._stream = stream
        # One read of a pipe may give less than it takes to tell a compression.
        self.head = b""
        while len(self.head) < len(_ZSTD) and (part := self._read(_AT_ONCE)):
            self.head += part
        self._left = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        content = self._left or self._read(len(room))
        taken, self._left = content[: len(room)], content[len(room) :]
        room[: len(taken)] = taken
        self.count += len(taken)
        return len(taken)

    def close(self) -> None:
        if self._stream is not sys.stdin.buffer:
            self._stream.close()
        super().close()

    def _read(self, count: int) -> bytes:
        # read waits until it has all, read1 gives what is there.
        read = getattr(self._stream, "read1", self._stream.read)
        try:
            return cast(bytes, read(count))
        except OSError as error:
            self.error = error
            raise


def _decompressed(stream: io.BufferedReader[_Counted], head: bytes) -> io.BufferedIOBase:
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=stream)
    if head.startswith(_ZSTD):
        import pyarrow

        native = pyarrow.PythonFile(stream, mode="r")
        # Where it meets damage, it forgets what it has decompressed in the same call.
        return io.BufferedReader(pyarrow.CompressedInputStream(native, "zstd"), _ZSTD_AT_ONCE)
    return stream


def _decoded(content: bytes, number: int) -> Line:
    try:
        return Line(number, content.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        column = len(error.object[: error.start].decode()) + 1
        byte = error.object[error.start]
        fault = f"not UTF-8: byte 0x{byte:02x} at character {column}; save the file as UTF-8"
        return Line(number, content.decode(errors="surrogateescape"), fault)
