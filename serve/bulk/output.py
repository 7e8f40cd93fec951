"""What form results are written in."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from framelens.model import InputError
from framelens.model.errors import one_of
from framelens.serve.bulk.inputs import suffix_format

__all__ = ["Compression", "OutputForm", "OutputFormat", "compressed"]

OutputFormat: TypeAlias = Literal["jsonl", "csv", "tsv", "parquet"]
Compression: TypeAlias = Literal["none", "gzip", "zstd"]

_GZIP_LEVEL = 6
_ZSTD_LEVEL = 3


@dataclass(frozen=True, slots=True)
class OutputForm:
    """Format and compression, and whether there is a row for each document or each sentence.

    Parquet compresses inside of the file.
    """

    format: OutputFormat = "jsonl"
    compression: Compression = "none"
    explode: bool = False
    evidence: bool = False
    """Whether a table has a column for it."""

    @classmethod
    def of(
        cls,
        path: str | None,
        output_format: Literal["auto"] | OutputFormat = "auto",
        compression: Literal["auto"] | Compression = "auto",
        *,
        explode: bool = False,
        evidence: bool = False,
    ) -> OutputForm:
        """The form of a file: what is ``auto`` goes by the path's suffixes.

        Without any, results are JSONL that is not compressed, and Parquet is compressed with
        zstd.

        Args:
            path: where it will stand; None is standard output.
            output_format: of the file.
            compression: of the file.
            explode: whether each sentence has a row.
            evidence: whether results have evidence.

        Raises:
            InputError: the suffix stands for no format of results.
        """
        suffixes = suffix_format(path) if path is not None else (None, None)
        found = suffixes[0] or "jsonl" if output_format == "auto" else output_format
        if found not in get_args(OutputFormat):
            raise InputError(f"{path}: results are {one_of(get_args(OutputFormat))}; see --format")
        chosen = cast(OutputFormat, found)
        if chosen == "parquet" and suffixes[1] is not None:
            raise InputError(f"{path}: Parquet is compressed inside; leave the last suffix out")
        if compression == "auto":
            compression = suffixes[1] or ("zstd" if chosen == "parquet" else "none")
        return cls(chosen, compression, explode, evidence)


def compressed(content: bytes, compression: Compression) -> bytes:
    """Some content as a whole member of gzip or frame of zstd; these may follow one another.

    Equal content gives equal bytes.
    """
    if compression == "gzip":
        return gzip.compress(content, _GZIP_LEVEL, mtime=0)
    if compression == "zstd":
        import pyarrow

        codec = pyarrow.Codec("zstd", compression_level=_ZSTD_LEVEL)
        return bytes(codec.compress(content, asbytes=True))
    return content
