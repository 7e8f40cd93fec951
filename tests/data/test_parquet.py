"""Parquet files that cannot be opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet


def test_without_pyarrow(
    write: Callable[..., Path], faults: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert faults(write("a.parquet", b"")) == [
        "a.parquet: reading Parquet needs pyarrow: pip install 'framelens[train]'"
    ]


def test_no_such_file(tmp_path: Path, faults: Callable[..., list[str]]):
    fault = "a.parquet: cannot read the Parquet file: No such file or directory"
    assert faults(tmp_path / "a.parquet") == [fault]


def test_not_parquet(write: Callable[..., Path], faults: Callable[..., list[str]]):
    (fault,) = faults(write("a.parquet", "text,label\nSun,s\n"))
    assert fault.startswith("a.parquet: cannot read the Parquet file: Parquet magic bytes")


def test_cut_off_inside_a_page(tmp_path: Path, faults: Callable[..., list[str]]):
    path = tmp_path / "a.parquet"
    table = pyarrow.table({"text": [f"Sun {number}" for number in range(99)], "label": ["s"] * 99})
    parquet.write_table(table, path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    (fault,) = faults(path)
    assert fault.startswith("a.parquet: cannot read the Parquet file: ")
