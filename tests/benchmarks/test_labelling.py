"""The benchmark of labelling: how sets are read, and what the report says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.labelled_vectors import WAYS
from benchmarks.labelling import _page, read_set


def encode(documents: Iterable[Sequence[str]]) -> Iterator[np.ndarray]:
    """Vectors of the sentences' last characters."""
    for sentences in documents:
        yield np.array([[float(text[-1]), 1.0] for text in sentences])


def test_documents_of_a_set_are_read_whole(tmp_path: Path):
    rows = [
        {"split": "train", "position": place, "text": f"{number} {place}", "label": "ab"[place % 2]}
        for number in range(5)
        for place in range(3)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "some.parquet")
    labelled = read_set(tmp_path, "some", encode, most=4)
    assert labelled.documents.tolist() == [0, 0, 0, 1, 1, 1]
    assert labelled.classes.tolist() == [0, 1, 0] * 2
    assert len(labelled.vectors) == 6


def test_the_page_has_every_figure():
    scores = {"accuracy": 0.75, "macro_f1": 0.5}
    figures = {
        "suspects": {
            "a": {"sentences": 1500, "listed": 0.2, "precision": 0.4, "recall": 0.6, "first": 0.8}
        },
        "suggestions": {"a": dict.fromkeys(WAYS, scores)},
        "curves": {
            "a": {
                "measured_up_to": 281,
                "foretold": 1125,
                "error": 0.02,
                "error_of_no_change": 0.04,
                "covered": 1.0,
            }
        },
    }
    page = "\n".join(_page(figures, draws=4))
    assert "| a | 1,500 | 20.0% | 40.0% | 60.0% | 80.0% |" in page
    assert "| a | 0.750, 0.500 | 0.750, 0.500 | 0.750, 0.500 |" in page
    assert "| a | 281 | 1,125 | 0.020 | 0.040 | 100.0% |" in page
    assert "in each of 4 draws" in page.replace("\n", " ")
    assert "5 points and 3 draws" in page
