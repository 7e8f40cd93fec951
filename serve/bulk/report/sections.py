"""The sections of a report, each a heading, a plot and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from framelens.serve.bulk.report.dates import Period, periods
from framelens.serve.bulk.report.element import element
from framelens.serve.bulk.report.findings import Findings
from framelens.serve.bulk.report.layout import cell, figures, key, keys, section, table
from framelens.serve.bulk.report.origin import Origin
from framelens.serve.bulk.report.plots import Column, bar, columns, some_ticks
from framelens.serve.bulk.report.scored import ScoredSentence
from framelens.serve.bulk.report.words import counted, percent, words
from framelens.serve.bulk.tally import BINS

__all__ = [
    "confidence",
    "labels",
    "languages",
    "near_duplicates",
    "origins",
    "over_time",
    "sources",
    "unsure",
]

FEW = 30
"""Shares of fewer sentences than these are shown pale: they say little."""
SOURCES_SHOWN = 25
LONGEST_SENTENCE = 600
GROUPS_SHOWN = 20
IDS_SHOWN = 6


def labels(findings: Findings) -> Element:
    """How many sentences have each label, and the frames inside those that have several."""
    rows = []
    for position, name in enumerate(findings.names):
        number = findings.labels[name]
        rows.append(_label_row(findings, position, name, number))
        for frame, inside in findings.frames[name].most_common():
            rows.append(_frame_row(frame, inside, number))
    head = ("label", "", "sentences", "share", "for review")
    return section("Labels", table(head, rows))


def over_time(findings: Findings) -> Element | None:
    """Sentences of each label over time, and the share of each label."""
    found = periods(findings.time)
    if not found:
        return None
    unit = found[0].unit
    counts: dict[Period, Counter[str]] = {period: Counter() for period in found}
    for day in findings.time:
        counts[Period.of(day, unit)] += findings.days[day]
    names = findings.names
    short = [period.short for period in found]
    volume = columns(
        [_volume(str(period), counts[period], names) for period in found],
        f"Sentences of each label by {unit}",
        some_ticks(short, 7),
    )
    shares = [
        element(
            "figure",
            element("figcaption", key(position, name)),
            columns(
                [
                    _share(str(period), counts[period], position, name, findings.noun)
                    for period in found
                ],
                f"Share of {words(name)} by {unit}",
                some_ticks(short, 4),
                "%",
            ),
        )
        for position, name in enumerate(names)
    ]
    return section(
        "Over time",
        element("p", _time_note(findings, counts), class_="small"),
        element("figure", element("figcaption", findings.counted), volume),
        element("div", *shares, class_="panels"),
        figures(unit, {str(period): counts[period] for period in found}, names),
    )


def sources(findings: Findings) -> Element | None:
    """The labels of each source, the largest first."""
    if findings.columns.source is None:
        return None
    ordered = sorted(findings.sources.items(), key=lambda item: (-item[1].total(), item[0]))
    names = findings.names
    rows = [
        element(
            "tr",
            element("th", element("bdi", source), scope="row"),
            element("td", _labels_bar(counts, names)),
            cell(f"{counts.total():,}"),
            class_="faint" if counts.total() < FEW else None,
        )
        for source, counts in ordered[:SOURCES_SHOWN]
    ]
    note = f"From the column {findings.columns.source!r}: {counted(len(ordered), 'source')}"
    shown = f", the {SOURCES_SHOWN} largest shown" if len(ordered) > SOURCES_SHOWN else ""
    return section(
        "By source",
        element("p", f"{note}{shown}.", class_="small"),
        keys(names),
        table(("source", "labels", findings.counted), rows),
        figures("source", dict(ordered[:SOURCES_SHOWN]), names),
    )


def confidence(findings: Findings) -> Element:
    """How sure the model is, with the labels on each other."""
    names = findings.names
    bins = [
        {name: findings.confidence[name][at] for name in names if name in findings.confidence}
        for at in range(BINS)
    ]
    first = next((at for at in range(BINS) if any(bins[at].values())), 0)
    counts = {
        f"{at / BINS:.2f} to {(at + 1) / BINS:.2f}": Counter(bins[at]) for at in range(first, BINS)
    }
    shown = len(counts)
    ticks = [
        (at / shown, f"{(first + at) / BINS:.2f}")
        for at in range(0, shown + 1, 1 if shown <= BINS // 2 else 2)
    ]
    plot = columns(
        [_volume(name, each, names) for name, each in counts.items()],
        "Sentences by the confidence in their label",
        ticks,
    )
    return section("Confidence", keys(names), plot, figures("confidence", counts, names))


def languages(findings: Findings) -> Element:
    """Documents of each language."""
    rows = [
        element(
            "tr",
            element("th", "not known" if code == "und" else code, scope="row"),
            element("td", bar([(2, number)], findings.documents)),
            cell(f"{number:,}"),
            cell(percent(number, findings.documents)),
        )
        for code, number in findings.languages.most_common()
    ]
    return section("Languages", table(("language", "", "documents", "share"), rows))


def unsure(findings: Findings) -> Element:
    """What a person should look at first."""
    total = findings.marked
    note = f"{counted(total, 'sentence')} of {findings.sentences:,} "
    note += f"({percent(total, findings.sentences)}) have the review mark."
    items = [
        element(
            "li",
            element("blockquote", element("bdi", _cut(each.sentence.text))),
            element(
                "p",
                *_keys(findings, each.sentence),
                f" {each.sentence.confidence:.2f} · ",
                element("bdi", each.document),
                class_="small",
            ),
        )
        for each in findings.unsure
    ]
    if items:
        note += f" The {counted(len(items), 'sentence')} that the model is least sure of:"
    return section("What needs review", element("p", note), element("ol", *items))


def near_duplicates(findings: Findings, groups: Sequence[Sequence[str]]) -> Element:
    """The documents that are nearly the same as others, the largest groups first."""
    copies = sum(len(group) - 1 for group in groups)
    note = f"{counted(copies, 'document')} of {findings.documents:,} "
    note += f"({percent(copies, findings.documents)}) nearly repeat another one, "
    note += f"in {counted(len(groups), 'group')}"
    note += f", the {GROUPS_SHOWN} largest shown." if len(groups) > GROUPS_SHOWN else "."
    rows = [
        element(
            "tr",
            element("th", element("bdi", _listed(group)), scope="row"),
            cell(f"{len(group):,}"),
        )
        for group in groups[:GROUPS_SHOWN]
    ]
    listed = table(("documents", "number"), rows) if rows else None
    return section("Near-duplicates", element("p", note), listed)


def origins(given: Sequence[Origin]) -> Element:
    """The files, the models that scored them, and how many rows have no result."""
    rows = [
        element(
            "tr",
            element("th", element("bdi", origin.name), scope="row"),
            element("td", origin.model or "not known"),
            cell("–" if origin.rows is None else f"{origin.rows:,}"),
            cell("–" if origin.failed is None else f"{origin.failed:,}"),
        )
        for origin in given
    ]
    return section("Files", table(("file", "model", "rows", "without a result"), rows))


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return ", ".join(map(_cut, ids[:IDS_SHOWN])) + more


def _time_note(findings: Findings, counts: Mapping[Period, Counter[str]]) -> str:
    unit = next(iter(counts)).unit
    note = f"By {unit}, from the column {findings.columns.date!r}."
    if findings.undated:
        note += f" {counted(findings.undated, 'document')} without a date that can be read."
    dated = sum(each.total() for each in findings.days.values())
    if left_out := dated - sum(each.total() for each in counts.values()):
        note += f" {counted(left_out, findings.noun)} from long before or after left out."
    if any(each.total() < FEW for each in counts.values()):
        note += f" Pale columns: fewer than {FEW} {findings.noun}s."
    return note


def _keys(findings: Findings, sentence: ScoredSentence) -> Iterator[Element | str]:
    for number, label in enumerate(sentence.each_label):
        if number:
            yield " "
        yield key(findings.names.index(label), label)
    if not sentence.each_label:
        yield "no label"


def _label_row(findings: Findings, position: int, name: str, number: int) -> Element:
    review = findings.review[name]
    return element(
        "tr",
        element("th", key(position, name), scope="row"),
        element("td", bar([(position, number)], max(findings.labels.values(), default=0))),
        cell(f"{number:,}"),
        cell(percent(number, findings.sentences)),
        cell(percent(review, number)),
    )


def _frame_row(frame: str, inside: int, number: int) -> Element:
    return element(
        "tr",
        element("th", words(frame), scope="row"),
        element("td"),
        cell(f"{inside:,}"),
        cell(percent(inside, number)),
        cell(""),
        class_="inside",
    )


def _volume(name: str, counts: Mapping[str, int], names: Sequence[str]) -> Column:
    return Column(
        name, _in_words(name, counts), [(at, counts[label]) for at, label in enumerate(names)]
    )


def _share(name: str, counts: Counter[str], position: int, label: str, noun: str) -> Column:
    total = counts.total()
    share = percent(counts[label], total)
    title = f"{name}: {share} of {counted(total, noun)}"
    return Column(name, title, [(position, 100 * counts[label] / max(total, 1))], total < FEW)


def _labels_bar(counts: Counter[str], names: Sequence[str]) -> Element:
    total = counts.total()
    parts = [(position, counts[name]) for position, name in enumerate(names)]
    shares = (f"{words(name)} {percent(counts[name], total)}" for name in names)
    return bar(parts, total, ", ".join(shares))


def _in_words(name: str, counts: Mapping[str, int]) -> str:
    each = (f"{words(label)} {number:,}" for label, number in counts.items() if number)
    return f"{name}: " + (", ".join(each) or "no sentences")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SENTENCE else f"{text[:LONGEST_SENTENCE]}…"
