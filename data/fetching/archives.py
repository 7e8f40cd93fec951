"""Archives of repositories: fetched whole, read without being unpacked."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import IO

import httpx2

from framelens.model.errors import FramelensError

__all__ = ["ArchiveError", "files_in"]

SECONDS = 60.0
"""How long to wait for the next bytes of an archive."""


class ArchiveError(FramelensError):
    """An archive that cannot be fetched or read; the message says why."""


def files_in(address: str, patterns: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of the files in a ``.tar.gz`` whose paths match one of the patterns.

    Paths are without the folder that holds everything. A ``.zip`` among the files is opened:
    its members come instead of it.

    Raises:
        ArchiveError: nobody answers, the answer is no archive, or it breaks off.
    """
    wanted = tuple(patterns)
    with tempfile.TemporaryFile() as file:
        _fetch(address, file)
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r:gz") as archive:
                for member in archive:
                    _, _, path = member.name.partition("/")
                    if member.isfile() and any(fnmatchcase(path, each) for each in wanted):
                        yield from _opened(path, _content(archive, member))
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise ArchiveError(f"not a sound archive: {error}") from error


def _fetch(address: str, file: IO[bytes]) -> None:
    try:
        with httpx2.stream("GET", address, follow_redirects=True, timeout=SECONDS) as response:
            if not response.is_success:
                raise ArchiveError(f"{response.status_code} {response.reason_phrase}")
            for piece in response.iter_bytes():
                file.write(piece)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ArchiveError(str(error) or type(error).__name__) from error


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    return content.read() if content else b""


def _opened(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if not path.endswith(".zip"):
        yield path, content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield f"{path}/{name}", archive.read(name)
