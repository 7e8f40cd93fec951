"""The documents of every benchmark: real ones, or seed documents strung to their lengths."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice, pairwise
from pathlib import Path

from pyarrow import parquet

from framelens.model import split_sentences

__all__ = ["LENGTHS", "Documents", "draw_length", "read_documents", "sentences"]

SEEDS = Path(__file__).parents[1] / "seeds" / "documents"
REAL = "unlabelled.parquet"

LENGTHS = {
    0.0: 9, 0.01: 39, 0.05: 51, 0.1: 60, 0.25: 87, 0.5: 283, 0.75: 955,
    0.9: 3_674, 0.95: 10_550, 0.99: 20_654, 0.999: 50_647, 1.0: 237_546,
}  # fmt: skip
"""Characters in a real document: the share of documents that have no more.

Headlines, posts, news, speeches and reports, 21,612 of them.
"""


@dataclass(frozen=True, slots=True)
class Documents:
    """Texts, and in words where they come from."""

    source: str
    texts: list[str]


def read_documents(folder: Path | None, count: int, seed: int = 0) -> Documents:
    """Draw documents from a folder of texts, or make them where there is none.

    Args:
        folder: holds ``unlabelled.parquet`` with a column ``text``.
        count: documents to draw; all, if there are fewer.
        seed: the same documents for the same seed.
    """
    chooser = random.Random(seed)  # noqa: S311
    if folder is not None:
        texts = parquet.read_table(folder / REAL, columns=["text"])["text"].to_pylist()
        texts = [text for text in texts if any(map(str.isalpha, text))]
        return Documents(f"drawn from {REAL}", chooser.sample(texts, min(count, len(texts))))
    texts = [_made(draw_length(chooser), chooser) for _ in range(count)]
    return Documents("seed documents strung together to the lengths of real ones", texts)


def draw_length(chooser: random.Random) -> int:
    """A number of characters, distributed as :data:`LENGTHS` tells."""
    share = chooser.random()
    for (low, shortest), (high, longest) in pairwise(LENGTHS.items()):
        if share <= high:
            part = (share - low) / (high - low)
            return round(math.exp((1 - part) * math.log(shortest) + part * math.log(longest)))
    return LENGTHS[1.0]


def sentences(texts: list[str]) -> list[str]:
    """The sentences of all texts, in order."""
    return [text[begin:end] for text in texts for begin, end in split_sentences(text)]


def _made(length: int, chooser: random.Random) -> str:
    """Sentences of the seed documents in a row, beginning with one that fits if there is one."""
    pool = _seed_sentences()
    starts = chooser.choices(range(len(pool)), k=20)
    begin = min(starts, key=lambda start: max(0, len(pool[start]) - length))
    parts: list[str] = []
    characters = 0
    for sentence in islice(cycle(pool), begin, None):
        if parts and characters + len(sentence) > length:
            break
        parts.append(sentence)
        characters += len(sentence) + 1
    return " ".join(parts)


@cache
def _seed_sentences() -> list[str]:
    texts = []
    for path in sorted(SEEDS.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            texts += [json.loads(line)["text"] for line in file]
    return sentences(texts)
