"""Public labelled sets, as Parquet files of sentences, in the documents format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from framelens.data import Corpus, LabelledDocument, LabelledSentence

__all__ = ["CHECKTHAT", "CSABSTRUCT", "SETS", "TREC6", "PublicSet", "Row", "rows_by_document"]

ROOT = Path(__file__).parents[1]
SCHEMES = ROOT / "seeds" / "schemes"
SETS = ROOT.parent / "shared" / "benchmarks"
"""The folder of the sets where none is given: beside the project, of which they are no part."""

Row = dict[str, Any]
"""A sentence of a set: its ``split``, ``text`` and ``label``, and maybe its ``position``."""


@dataclass(frozen=True)
class PublicSet:
    """A set's file, what it is compared by, and what others reached.

    Attributes:
        name: of the set.
        file: its Parquet file, with the columns ``split``, ``text`` and ``label``, and
            ``position``, from 0 in every document, where sentences stand in documents.
        task: what its labels say of a sentence.
        labels: the name of its scheme.
        figure: ``accuracy`` or ``macro_f1``.
        figure_name: as others call it.
        goal: what that is to reach.
        published: what others reached, in words.
        tested: the split that is tested on.
    """

    name: str
    file: str
    task: str
    labels: str
    figure: str
    figure_name: str
    goal: float
    published: str
    tested: str = "test"

    def read(self, folder: Path, most: int | None = None) -> Corpus:
        """Its documents, whose metadata name their ``part``.

        Args:
            folder: where the sets are.
            most: documents of each part to read, all where it is None.
        """
        documents: dict[str, list[list[Row]]] = {}
        for rows in rows_by_document(folder / self.file):
            documents.setdefault(rows[0]["split"], []).append(rows)
        return [
            self._document(split, number, rows)
            for split, own in documents.items()
            for number, rows in enumerate(own[:most])
        ]

    def _document(self, split: str, number: int, rows: list[Row]) -> LabelledDocument:
        part = "test" if split == self.tested else split
        sentences, texts, begin = [], [], 0
        for row in rows:
            text = row["text"].strip()
            if text:
                sentences.append(LabelledSentence(begin, begin + len(text), row["label"]))
                texts.append(text)
                begin += len(text) + 1
        name, text = f"{split}-{number}", "\n".join(texts)
        return LabelledDocument(name, text, tuple(sentences), {"part": part})

    @property
    def scheme(self) -> Path:
        """The file of its labels, whose codes are those of the set."""
        return SCHEMES / f"{self.labels}.yaml"


def rows_by_document(path: Path) -> list[list[Row]]:
    """The rows of a set's file: where sentences have a position, by the documents they are of."""
    documents: list[list[Row]] = []
    for row in pq.read_table(path).to_pylist():
        if not row.get("position"):
            documents.append([])
        documents[-1].append(row)
    return documents


CSABSTRUCT = PublicSet(
    name="csabstruct",
    file="csabstruct.parquet",
    task="the role of each sentence of a computer-science abstract (Cohan et al. 2019)",
    labels="abstract_roles",
    figure="accuracy",
    figure_name="micro-F1",
    goal=0.80,
    published="about 0.83 with an encoder of base size over windows (Cohan et al. 2019)",
)
CHECKTHAT = PublicSet(
    name="checkthat2025",
    file="checkthat2025_subjectivity_en.parquet",
    task="whether a sentence of English news is subjective (CheckThat! 2025, task 1)",
    labels="subjectivity",
    figure="macro_f1",
    figure_name="macro-F1",
    goal=0.70,
    published="MiniLM-L12 with logistic regression 0.63, mDeBERTa-v3-base 0.665, "
    "ModernBERT-base 0.692",
    tested="dev_test",
)
TREC6 = PublicSet(
    name="trec6",
    file="trec6.parquet",
    task="what a question asks for (Li & Roth 2002)",
    labels="question_types",
    figure="accuracy",
    figure_name="accuracy",
    goal=0.95,
    published="Kim-CNN 0.928, ULMFiT 0.964",
)
