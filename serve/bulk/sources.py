"""What rows are read from: files, folders, patterns, addresses of object stores, standard input."""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

from framelens.model import InputError

__all__ = ["STANDARD_INPUT", "Source", "find_sources", "is_address"]

STANDARD_INPUT = "-"

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Source:
    """A file, standard input where the path is ``-``, or an object of a store.

    ``size`` in bytes and ``modified``, nanoseconds since 1970, are None where nobody knows.
    """

    path: str
    name: str
    """What messages call it; a file name need not be Unicode, an address may hold a password."""
    size: int | None = None
    modified: int | None = None
    filesystem: Any = None
    """pyarrow's, where the path is no local one."""

    @property
    def opens_again(self) -> bool:
        """Whether it can be read more than once, as pipes cannot."""
        return self.size is not None

    def open(self) -> BinaryIO:
        """Its bytes as they are, compressed or not.

        Raises:
            OSError: it cannot be read.
        """
        if self.path == STANDARD_INPUT:
            return sys.stdin.buffer
        if self.filesystem is not None:
            return cast(BinaryIO, self.filesystem.open_input_file(self.path))
        return cast(BinaryIO, Path(self.path).open("rb", buffering=0))


def is_address(path: str) -> bool:
    """Whether it names an object of a store, as ``s3://bucket/name`` does."""
    return _ADDRESS.match(path) is not None


def find_sources(inputs: Sequence[str], in_folders: Callable[[str], bool]) -> list[Source]:
    """The sources that paths, patterns and addresses stand for, in order.

    A folder stands for the files below it and a pattern for those that match, each sorted by
    path. In folders, names that begin with a dot or an underscore are passed over.

    Args:
        inputs: paths, patterns with ``*``, ``**``, ``?`` or ``[...]``, addresses, and ``-``.
        in_folders: which files of folders to take, by name.

    Raises:
        InputError: one stands for nothing, or standard input is given twice.
    """
    if inputs.count(STANDARD_INPUT) > 1:
        raise InputError("<stdin>: can be read once only")
    return [source for each in inputs for source in _find(each, in_folders)]


def _find(given: str, in_folders: Callable[[str], bool]) -> Iterator[Source]:
    if given == STANDARD_INPUT:
        return iter([Source(given, "<stdin>")])
    if is_address(given):
        return _objects(given, in_folders)
    if os.path.lexists(given) or not glob.has_magic(given):
        return _files(given, in_folders)
    paths = sorted(path for path in glob.glob(given, recursive=True) if not Path(path).is_dir())
    if not paths:
        raise InputError(f"{_readable(given)}: no file matches")
    return map(_file, paths)


def _files(path: str, in_folders: Callable[[str], bool]) -> Iterator[Source]:
    if not Path(path).is_dir():
        return iter([_file(path)])
    below = sorted(each for each in _below(path) if in_folders(os.path.basename(each)))
    if not below:
        raise InputError(f"{_readable(path)}: no file in this folder can be read")
    return map(_file, below)


def _below(folder: str) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        yield from (os.path.join(path, name) for name in names if not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _file(path: str) -> Source:
    name = _readable(path)
    try:
        found = Path(path).stat()
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        return Source(path, name)
    return Source(path, name, found.st_size, found.st_mtime_ns)


def _readable(path: str) -> str:
    return os.fsencode(path).decode(errors="replace")


def _objects(address: str, in_folders: Callable[[str], bool]) -> Iterator[Source]:
    """The objects of a store at an address, below it, or that match its last part."""
    parts = urlsplit(address)
    folder, _, pattern = parts.path.rpartition("/")
    if "*" in folder or "*" in parts.netloc:
        raise InputError(f"{_public(address)}: only the last part of an address may have a *")
    if "*" not in pattern:
        return _listed(address, in_folders)
    # Only what stands directly below the folder matches.
    above = urlunsplit(parts._replace(path=folder))
    return _listed(above, lambda name: fnmatchcase(name, pattern), recursive=False)


def _listed(
    address: str, is_wanted: Callable[[str], bool], recursive: bool = True
) -> Iterator[Source]:
    from pyarrow import ArrowException, fs

    name = _public(address)
    try:
        filesystem, path = fs.FileSystem.from_uri(address)
        [found] = filesystem.get_file_info([path])
        if found.type == fs.FileType.Directory:
            below = filesystem.get_file_info(fs.FileSelector(path, recursive=recursive))
            files = [each for each in below if each.type == fs.FileType.File]
            files = [each for each in files if is_wanted(each.base_name)]
            files = [each for each in files if not _is_below_hidden(each.path, path)]
            files.sort(key=lambda each: each.path)
        else:
            files = [found] if found.type == fs.FileType.File else []
    except (ArrowException, OSError, ValueError, ImportError) as error:
        raise InputError(f"{name}: {error}") from error
    if not files:
        raise InputError(f"{name}: there is no such file")
    begin = name.removesuffix("/")
    return (
        Source(
            each.path,
            begin + each.path.removeprefix(path.removesuffix("/")),
            each.size,
            each.mtime_ns,
            filesystem,
        )
        for each in files
    )


def _is_below_hidden(path: str, folder: str) -> bool:
    return any(map(_is_hidden, path.removeprefix(folder).split("/")))


def _public(address: str) -> str:
    """The address without user, password and parameters."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query="", fragment=""))
