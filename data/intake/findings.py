"""What labelled data are like, and what in them deserves a look before training."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import quantiles

from framelens.data.documents import LabelledSentence, PlacedDocument
from framelens.data.intake.reading import Intake
from framelens.data.leaks import leak_key
from framelens.data.problems import Place
from framelens.data.summary import Summary, summarise
from framelens.model import split_sentences
from framelens.model.language import detect_language

__all__ = ["Conflict", "Findings", "Lengths", "find_out"]

_READ = 2_000
_TELLING = 10
_FEW = 0.05


@dataclass(frozen=True, slots=True)
class Lengths:
    """Words of the labelled sentences: of the middle one, nine tenths, and the longest."""

    median: float
    most: float
    longest: int
    longest_place: Place


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two places with the same sentence, and the labels that it has there."""

    places: tuple[Place, Place]
    labels: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in labelled data.

    ``divided`` are sentences whose annotators differ, ``parts`` the sentences in each part of a
    split, ``several`` labelled texts that the model would divide into sentences when it scores.
    ``repeated`` sentences have the same label wherever they stand, ``contradicted`` ones not;
    ``leaks`` stand in different parts of a split. ``languages`` count documents by the ISO
    639-1 code, the most frequent first, "" where none can be told; ``foreign`` are the
    places of those in another language than the first. ``spellings`` are labels that may be
    the same, the rarer one first.
    """

    summary: Summary
    divided: int
    parts: Mapping[str, int]
    lengths: Lengths
    several: int
    repeated: tuple[Conflict, ...]
    contradicted: tuple[Conflict, ...]
    leaks: tuple[Conflict, ...]
    languages: Mapping[str, int]
    foreign: tuple[Place, ...]
    spellings: tuple[tuple[str, str], ...]

    @property
    def fewest(self) -> tuple[str, int]:
        """The rarest leaf and how many sentences have it."""
        leaf = min(self.summary.leaves, key=lambda name: self.summary.leaves[name])
        return leaf, self.summary.leaves[leaf]


def find_out(intake: Intake) -> Findings:
    """Look through what was read."""
    summary = summarise(intake.corpus, intake.scheme)
    sentences = list(_sentences(intake.documents))
    parts = Counter[str]()
    for placed in intake.documents:
        parts[placed.document.metadata.get(intake.keys.split or "", "")] += len(
            placed.document.sentences
        )
    repeated, contradicted, leaks = _same_sentences(sentences, intake.keys.split)
    languages = [_language(placed.document.text) for placed in intake.documents]
    common = Counter(languages).most_common()
    return Findings(
        summary=summary,
        divided=sum(len({*each.sentence.votes}) > 1 for each in sentences),
        parts=parts if intake.keys.split else {},
        lengths=_lengths(sentences),
        several=sum(len(split_sentences(each.text)) > 1 for each in sentences),
        repeated=repeated,
        contradicted=contradicted,
        leaks=leaks,
        languages=dict(common),
        foreign=tuple(
            placed.place
            for placed, language in zip(intake.documents, languages, strict=True)
            if language not in ("", _main(common))
        ),
        spellings=tuple(_spellings(summary.leaves)),
    )


@dataclass(frozen=True, slots=True)
class _Sentence:
    placed: PlacedDocument
    sentence: LabelledSentence
    place: Place

    @property
    def text(self) -> str:
        return self.placed.document.text_of(self.sentence)

    def part(self, key: str | None) -> str:
        return self.placed.document.metadata.get(key or "", "")


def _sentences(documents: Sequence[PlacedDocument]) -> Iterator[_Sentence]:
    for placed in documents:
        for each, place in zip(placed.document.sentences, placed.sentence_places, strict=True):
            yield _Sentence(placed, each, Place(place.file, place.line))


def _lengths(sentences: Sequence[_Sentence]) -> Lengths:
    words = [len(each.text.split()) for each in sentences]
    tenths = quantiles([*words, *words], n=10, method="inclusive")
    longest = max(range(len(words)), key=lambda index: words[index])
    return Lengths(tenths[4], tenths[8], words[longest], sentences[longest].place)


def _same_sentences(
    sentences: Sequence[_Sentence], split: str | None
) -> tuple[tuple[Conflict, ...], tuple[Conflict, ...], tuple[Conflict, ...]]:
    """Sentences that stand twice: with the same label, with another, in another part."""
    first: dict[str, _Sentence] = {}
    found: tuple[list[Conflict], ...] = ([], [], [])
    for each in sentences:
        key = leak_key(each.text)
        if key is None or (other := first.setdefault(key, each)) is each:
            continue
        labels = (other.sentence.label, each.sentence.label)
        conflict = Conflict((other.place, each.place), labels)
        found[labels[0] != labels[1]].append(conflict)
        if other.part(split) != each.part(split):
            found[2].append(conflict)
    repeated, contradicted, leaks = map(tuple, found)
    return repeated, contradicted, leaks


def _language(text: str) -> str:
    """The code of a text's language, "" where it has too few words to tell."""
    words = text[:_READ].split()
    found = detect_language(" ".join(words)) if len(words) >= _TELLING else None
    return found[0] if found else ""


def _main(common: Sequence[tuple[str, int]]) -> str:
    return next((code for code, _ in common if code), "")


def _spellings(counts: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Pairs of labels of which one may be a slip of the pen for the other."""
    for one, other in combinations(counts, 2):
        rare, common = sorted((one, other), key=lambda name: counts[name])
        is_rare = counts[rare] <= max(1, _FEW * counts[common])
        if _plain(one) == _plain(other) or (is_rare and _one_edit_apart(one, other)):
            yield rare, common


def _plain(label: str) -> str:
    return re.sub(r"[\W_]+", "", label.casefold())


def _one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or different makes one word of the other."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    if len(short) < 4 or len(long) - len(short) > 1 or not short.isalpha():
        return False
    begin = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    if begin is None:
        return True
    rest = short[begin:] if len(short) < len(long) else short[begin + 1 :]
    return rest == long[begin + 1 :]
