"""What a report counts, in one pass over scored documents."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from framelens.model import InputError
from framelens.serve.bulk.report.dates import as_date, without_stragglers
from framelens.serve.bulk.report.scored import ScoredDocument, ScoredSentence
from framelens.serve.bulk.tally import BINS

__all__ = ["Findings", "ReportColumns", "Unsure"]

DATES = ("date", "published", "published_at", "pubdate", "created_at", "datetime", "timestamp")
SOURCES = ("source", "outlet", "publisher", "channel", "site", "domain", "feed")
MOST_SOURCES = 10_000
"""Sources counted by themselves; memory must not grow with what is in the files."""
OTHER_SOURCES = "all others"
MOST_UNSURE = 20


@dataclass(frozen=True, slots=True)
class ReportColumns:
    """The columns that hold a document's date and source; None looks for the usual names."""

    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """A sentence for review, and the document that it stands in."""

    document: str
    sentence: ScoredSentence


@dataclass
class Findings:
    """Counts of scored documents; of sentences, unless they say otherwise."""

    documents: int = 0
    sentences: int = 0
    marked: int = 0
    """Sentences with the review mark."""
    undated: int = 0
    """Documents whose date is missing or cannot be read."""
    labels: Counter[str] = field(default_factory=Counter)
    review: Counter[str] = field(default_factory=Counter)
    """Of each label, those with the review mark."""
    frames: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of each label that has frames inside, the frames."""
    languages: Counter[str] = field(default_factory=Counter)
    """Documents of each language code."""
    confidence: defaultdict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0] * BINS)
    )
    days: defaultdict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sources: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    columns: ReportColumns = field(default_factory=ReportColumns)
    """Those that were found."""

    has_several: bool = False
    """Whether a sentence has several labels or none, so that shares of labels are not of
    sentences."""

    _order: tuple[str, ...] = ()
    _unsure: list[tuple[float, int, Unsure]] = field(default_factory=list)

    @classmethod
    def of(cls, documents: Iterable[ScoredDocument], columns: ReportColumns) -> Findings:
        """Count documents, one at a time.

        Raises:
            InputError: there is no document, or none has a column that ``columns`` names.
        """
        findings = cls()
        arrivals = count()
        present: dict[str, None] = {}
        for document in documents:
            if document.columns.keys() - present.keys():
                present.update(dict.fromkeys(document.columns))
                findings.columns = _found(columns, present)
            findings._add(document)
            findings._keep_unsure(document, arrivals)
        if not findings.documents:
            raise InputError("no scored document to report on")
        for option, name in (("--date-column", columns.date), ("--source-column", columns.source)):
            if name is not None and name not in present:
                known = ", ".join(map(repr, present))
                raise InputError(f"{option}: no column {name!r}, only {known}")
        return findings

    @property
    def names(self) -> list[str]:
        """The labels in the scheme's order where it is known, then others by name."""
        return [*self._order, *sorted(self.labels.keys() - {*self._order})]

    @property
    def counted(self) -> str:
        """What shares of labels over time and by source are of."""
        return "labels given" if self.has_several else "sentences"

    @property
    def noun(self) -> str:
        """The same, for one of them."""
        return "label" if self.has_several else "sentence"

    @property
    def time(self) -> list[date]:
        """The days that a plot over time should show, in order."""
        return without_stragglers({day: labels.total() for day, labels in self.days.items()})

    @property
    def unsure(self) -> list[Unsure]:
        """The sentences for review with the lowest confidence, the lowest first."""
        return [each for *_, each in sorted(self._unsure, key=lambda item: (-item[0], -item[1]))]

    def _add(self, document: ScoredDocument) -> None:
        self.documents += 1
        labels = Counter(label for each in document.sentences for label in each.each_label)
        self.labels += labels
        self.languages[document.language or "und"] += 1
        for sentence in document.sentences:
            self._order = self._order or sentence.labels
            self.sentences += 1
            self.marked += sentence.review
            self.has_several |= len(sentence.each_label) != 1
            for label in sentence.each_label:
                self.review[label] += sentence.review
                self.confidence[label][min(int(sentence.confidence * BINS), BINS - 1)] += 1
            if sentence.frame is not None:
                self.frames[sentence.label][sentence.frame] += 1
        if self.columns.source is not None:
            self._add_source(str(document.columns.get(self.columns.source) or "not given"), labels)
        if self.columns.date is not None:
            self._add_date(as_date(document.columns.get(self.columns.date)), labels)

    def _add_source(self, source: str, labels: Counter[str]) -> None:
        if source not in self.sources and len(self.sources) >= MOST_SOURCES:
            source = OTHER_SOURCES
        self.sources[source] += labels

    def _add_date(self, day: date | None, labels: Counter[str]) -> None:
        if day is None:
            self.undated += 1
        else:
            self.days[day] += labels

    def _keep_unsure(self, document: ScoredDocument, arrivals: count[int]) -> None:
        for sentence in document.sentences:
            if sentence.review:
                item = (-sentence.confidence, -next(arrivals), Unsure(document.id, sentence))
                if len(self._unsure) < MOST_UNSURE:
                    heapq.heappush(self._unsure, item)
                else:
                    heapq.heappushpop(self._unsure, item)


def _found(columns: ReportColumns, present: Iterable[str]) -> ReportColumns:
    return ReportColumns(
        columns.date or _first(DATES, present), columns.source or _first(SOURCES, present)
    )


def _first(names: Sequence[str], present: Iterable[str]) -> str | None:
    """The column of one of these names, whatever its case, the first of them that there is."""
    by_name = {str(column).lower(): column for column in present}
    return next((by_name[name] for name in names if name in by_name), None)
