"""What the servers are asked: one short text, a document, and a mixture of lengths."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.documents import Documents, sentences

__all__ = ["DOCUMENT", "DOCUMENTS", "MIXED", "TEXT", "TEXTS", "Load", "make_loads", "single_texts"]

TEXT = "one short text, 1 client"
TEXTS = "one short text, 32 clients"
DOCUMENT = "document of 40 sentences, 1 client"
DOCUMENTS = "document of 40 sentences, 8 clients"
MIXED = "mixed lengths, 16 clients"
"""The names of the loads."""

SENTENCES = 40
LONGEST = 500
"""Sentences of a document, and of the longest in the mixed load."""

WORDS = range(5, 41)
"""How many words a sentence has; titles and lists are left out."""

REQUESTS = 256
"""Different requests of a load, few enough that every server gets all of them."""


@dataclass(frozen=True)
class Load:
    """Requests, each a list of sentences, and how many clients send them."""

    name: str
    clients: int
    requests: Sequence[Sequence[str]]


def make_loads(documents: Documents, seed: int = 0) -> list[Load]:
    """The loads of the benchmark, out of the sentences of some documents.

    The mixed load has the documents as they are, most of them short and a few very long, so
    that long ones stand in the way of short ones.
    """
    chooser = random.Random(seed)  # noqa: S311
    pool = _pool(documents)
    document = [chooser.choices(pool, k=SENTENCES) for _ in range(REQUESTS)]
    mixed = [sentences([text])[:LONGEST] for text in documents.texts[:REQUESTS]]
    return [
        single_texts(TEXT, 1, documents),
        single_texts(TEXTS, 32, documents),
        Load(DOCUMENT, 1, document),
        Load(DOCUMENTS, 8, document),
        Load(MIXED, 16, mixed),
    ]


def single_texts(name: str, clients: int, documents: Documents, seed: int = 0) -> Load:
    """One sentence a request."""
    chooser = random.Random(seed)  # noqa: S311
    chosen = chooser.choices(_pool(documents), k=REQUESTS)
    return Load(name, clients, [[sentence] for sentence in chosen])


def _pool(documents: Documents) -> list[str]:
    return [each for each in sentences(documents.texts) if len(each.split()) in WORDS]
