"""What a run has found, in a few lines at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from framelens.serve.bulk.tally import BINS, Tally
from framelens.serve.terminal import label_styles, printable

__all__ = ["write_summary", "write_summary_as_json"]

BAR = 24
MOST_LANGUAGES = 8
MOST_FAULTS = 5
BLOCKS = "▁▂▃▄▅▆▇█"


def write_summary(tally: Tally, labels: Sequence[str], stream: TextIO) -> None:
    """Write counts of labels, confidence, languages, what needs review and what went wrong.

    Args:
        tally: of the whole run.
        labels: of the scheme, in order.
        stream: where to write.
    """
    console = Console(file=stream, highlight=False)
    scored = tally.rows - tally.failed
    console.print(f"{_count(scored, 'document')}, {_count(tally.sentences, 'sentence')}")
    console.print(_labels(tally, labels))
    console.print(_facts(tally))


def write_summary_as_json(tally: Tally, stream: TextIO) -> None:
    """Write the counts as an object in one line."""
    content = {"event": "summary", "counts": vars(tally)}
    stream.write(f"{json.dumps(content, ensure_ascii=False)}\n")


def _labels(tally: Tally, labels: Sequence[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    most = max(tally.labels.values(), default=1)
    for name, style in label_styles(labels).items():
        number = tally.labels[name]
        bar = "█" * round(BAR * number / most)
        share = _share(number, tally.sentences)
        table.add_row(Text(name, style), f"{number:,}", share, Text(bar, style))
    return table


def _facts(tally: Tally) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    if tally.sentences:
        review = f"{_count(tally.review, 'sentence')} ({_share(tally.review, tally.sentences)})"
        table.add_row("for review", review)
        table.add_row("confidence", _confidence(tally.confidence))
        languages = tally.languages.most_common(MOST_LANGUAGES)
        table.add_row("languages", Text(", ".join(f"{code} {n:,}" for code, n in languages)))
    if tally.failed:
        reasons = tally.faults.most_common(MOST_FAULTS)
        lines = (f"{number:,}: {printable(reason)}" for reason, number in reasons)
        failed = f"{_count(tally.failed, 'row')} of {tally.rows:,} without a result"
        table.add_row(Text("errors", "bold red"), Text("\n".join((failed, *lines))))
    return table


def _confidence(bins: Sequence[int]) -> str:
    """A histogram from the lowest confidence that there is to 1, and about where the middle is."""
    first = next(at for at, number in enumerate(bins) if number or at == BINS - 1)
    most = max(max(bins), 1)
    height = len(BLOCKS) - 1
    blocks = "".join(BLOCKS[-(-number * height // most)] for number in bins[first:])
    return f"{first / BINS:.2f} {blocks} 1.00, median about {_median(bins):.2f}"


def _median(bins: Sequence[int]) -> float:
    """The middle of the bin that has the median."""
    half = sum(bins) / 2
    at = below = 0
    while below + bins[at] < half:
        below += bins[at]
        at += 1
    return (at + 0.5) / BINS


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
