"""The documents and loads of the benchmark."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from benchmarks.documents import LENGTHS, Documents, draw_length, read_documents, sentences
from benchmarks.loads import DOCUMENTS, MIXED, TEXTS, make_loads


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents(None, 200)


def test_lengths_rise_with_the_share():
    assert all(one < other for one, other in pairwise(LENGTHS))
    assert all(one < other for one, other in pairwise(LENGTHS.values()))


def test_lengths_are_distributed_as_real_ones():
    chooser = random.Random(1)  # noqa: S311
    drawn = np.array([draw_length(chooser) for _ in range(20_000)])
    for share in (0.1, 0.5, 0.9):
        assert np.mean(drawn <= LENGTHS[share]) == pytest.approx(share, abs=0.02)
    assert LENGTHS[0.0] <= drawn.min()
    assert drawn.max() <= LENGTHS[1.0]


def test_the_same_documents_are_made_each_time(documents: Documents):
    assert documents == read_documents(None, 200)
    assert documents != read_documents(None, 200, seed=1)
    assert len(documents.texts) == 200
    assert "seed documents" in documents.source


def test_made_documents_are_about_as_long_as_was_drawn(documents: Documents):
    lengths = sorted(map(len, documents.texts))
    assert lengths[20] < 100
    assert 150 < lengths[100] < 500
    assert lengths[-1] > 5_000


def test_real_documents_are_drawn_where_there_is_a_folder(tmp_path: Path):
    texts = [f"Text {number}." for number in range(10)] + ["...", ""]
    parquet.write_table(pa.table({"text": texts}), tmp_path / "unlabelled.parquet")
    drawn = read_documents(tmp_path, 5)
    assert len(set(drawn.texts)) == 5
    assert set(drawn.texts) <= set(texts)
    assert "unlabelled.parquet" in drawn.source
    assert sorted(read_documents(tmp_path, 100).texts) == sorted(texts[:10])


def test_loads_have_the_shapes_that_they_name(documents: Documents):
    loads = {load.name: load for load in make_loads(documents)}
    assert {len(request) for request in loads[TEXTS].requests} == {1}
    assert {len(request) for request in loads[DOCUMENTS].requests} == {40}
    assert [loads[name].clients for name in (TEXTS, DOCUMENTS, MIXED)] == [32, 8, 16]
    assert all(5 <= len(text.split()) <= 40 for (text,) in loads[TEXTS].requests)


def test_the_mixed_load_has_a_long_tail(documents: Documents):
    (load,) = (load for load in make_loads(documents) if load.name == MIXED)
    lengths = sorted(map(len, load.requests))
    assert lengths[len(lengths) // 2] < 5
    assert 50 < lengths[-1] <= 500
    assert len(lengths) == 200
    assert sum(lengths) == sum(min(500, len(sentences([text]))) for text in documents.texts)
