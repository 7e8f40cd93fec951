"""Near-duplicates: what is found, and that the signatures tell the similarity."""

from __future__ import annotations

import random
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from framelens.serve.bulk.report.near_duplicates import SHINGLE, NearDuplicates, signature
from framelens.serve.bulk.report.scored import ScoredDocument, ScoredSentence

RANDOM = random.Random(7)  # noqa: S311


def words(count: int) -> list[str]:
    return [f"w{RANDOM.randrange(5_000)}" for _ in range(count)]


def changed(text: Sequence[str], share: float) -> list[str]:
    """The text with another end, so that the two have about this share of runs in common."""
    kept = round(len(text) * 2 * share / (1 + share))
    return [*text[:kept], *words(len(text) - kept)]


def document(identity: str, text: Sequence[str]) -> ScoredDocument:
    sentence = ScoredSentence(" ".join(text), "sunny", 0.9, False, None, ("sunny",))
    return ScoredDocument(identity, "en", [sentence], {})


def groups(folder: Path, documents: Sequence[ScoredDocument], similarity: float = 0.8):
    with (folder / "signatures").open("w+b") as stream:
        found = NearDuplicates(stream)
        assert list(found.watch(documents)) == list(documents)
        return found.groups(similarity)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_signatures_tell_the_similarity(share: float):
    errors = []
    for _ in range(20):
        text = words(400)
        other = changed(text, share)
        runs = [
            {tuple(each[at : at + SHINGLE]) for at in range(len(each) - SHINGLE + 1)}
            for each in (text, other)
        ]
        exact = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        told = np.mean(signature(" ".join(text)) == signature(" ".join(other)))
        errors.append(told - exact)
    assert abs(np.mean(errors)) < 0.03
    assert np.max(np.abs(errors)) < 0.16


def test_groups(tmp_path: Path):
    first, second = words(300), words(300)
    documents = [
        document("a", first),
        document("other", words(300)),
        document("b", second),
        document("a2", changed(first, 0.9)),
        document("b2", changed(second, 0.9)),
        document("a3", [word.upper() + "," for word in first]),
        document("half", changed(first, 0.4)),
        document("empty", []),
        document("empty2", ["–", "!"]),
    ]
    assert groups(tmp_path, documents) == [["a", "a2", "a3"], ["b", "b2"]]


def test_nothing_is_missed_among_many(tmp_path: Path):
    texts = [words(100) for _ in range(300)]
    documents = [
        document(f"{number}.{copy}", changed(text, 0.93) if copy else text)
        for copy in range(3)
        for number, text in enumerate(texts)
    ]
    found = groups(tmp_path, documents, 0.7)
    assert sorted(map(sorted, found)) == sorted(
        [f"{number}.{copy}" for copy in range(3)] for number in range(300)
    )


def test_short_and_long_texts(tmp_path: Path):
    long = words(20_000)
    documents = [
        document("short", ["one", "two"]),
        document("short too", ["One", "two!"]),
        document("shorter", ["one"]),
        document("long", long),
        document("long too", [*long, "end"]),
    ]
    assert groups(tmp_path, documents) == [["short", "short too"], ["long", "long too"]]


def test_signatures_do_not_depend_on_the_process():
    first = signature("One two three four five six.")
    assert first is not None
    assert first[:3].tolist() == [891573691, 1552787310, 1251305907]
    assert signature("") is None


def test_no_documents():
    assert NearDuplicates(BytesIO()).groups(0.8) == []
