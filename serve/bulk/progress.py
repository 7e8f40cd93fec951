"""Progress of a run on standard error, as the counts of each chunk come in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Literal, Protocol, TextIO, TypeAlias

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from framelens.serve.bulk.meter import Meter, Position, Reading
from framelens.serve.bulk.tally import Tally
from framelens.serve.terminal import label_styles

__all__ = ["ProgressMode", "Watch", "progress"]

ProgressMode: TypeAlias = Literal["auto", "json", "none"]
Watch: TypeAlias = Callable[[Tally], None]
"""Takes the counts so far, after each chunk, and before the first of this run."""

LINE_SECONDS = 60.0
"""Between lines in a file, where nobody looks all the time."""
JSON_SECONDS = 1.0


@contextmanager
def progress(
    mode: ProgressMode,
    labels: Sequence[str],
    position: Callable[[], Position],
    stream: TextIO,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Watch]:
    """Show how far a run has come until it ends.

    Args:
        mode: ``auto`` draws on a terminal and writes a line a minute elsewhere; ``json`` writes
            objects, one a line and a second at most; ``none`` is silent.
        labels: of the scheme, in order.
        position: says how much of the input has been read.
        stream: where to show it.
        clock: seconds from any beginning.
    """
    meter = Meter(clock)
    with _display(mode, labels, stream) as display:
        yield lambda tally: display.show(meter.read(tally, position()))


class _Display(Protocol):
    def show(self, reading: Reading) -> None: ...


@contextmanager
def _display(mode: ProgressMode, labels: Sequence[str], stream: TextIO) -> Iterator[_Display]:
    if mode == "none":
        yield _Nothing()
    elif mode == "json":
        yield _Lines(stream, JSON_SECONDS, _as_json)
    elif not stream.isatty():
        yield _Lines(stream, LINE_SECONDS, _as_line)
    else:
        console = Console(file=stream, highlight=False)
        # Standard output is for results.
        with Live(console=console, transient=True, redirect_stdout=False) as live:
            yield _Drawing(live, labels)


class _Nothing:
    def show(self, reading: Reading) -> None:
        pass


class _Lines:
    """A line for each reading, but not too many of them."""

    def __init__(self, stream: TextIO, apart: float, text: Callable[[Reading], str]) -> None:
        self._stream = stream
        self._apart = apart
        self._text = text
        self._shown = 0.0

    def show(self, reading: Reading) -> None:
        if reading.seconds - self._shown >= self._apart:
            self._shown = reading.seconds
            self._stream.write(f"{self._text(reading)}\n")
            self._stream.flush()


class _Drawing:
    """A bar, and the shares of the labels below it."""

    def __init__(self, live: Live, labels: Sequence[str]) -> None:
        self._live = live
        self._styles = label_styles(labels)

    def show(self, reading: Reading) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        share = reading.position.share
        bar = ProgressBar(1.0 if share else None, share or 0.0, width=20, pulse=share is None)
        grid.add_row(bar, Text(_as_line(reading)))
        self._live.update(Group(grid, self._labels(reading.tally)))

    def _labels(self, tally: Tally) -> Text:
        total = max(tally.sentences, 1)
        shares = [
            Text(f"{name} {tally.labels[name] / total:.0%}", style)
            for name, style in self._styles.items()
        ]
        shares.append(Text(f"for review {tally.review / total:.0%}"))
        shares.append(Text(_errors(tally), "bold red" if tally.failed else ""))
        return Text("  ").join(shares)


def _as_line(reading: Reading) -> str:
    tally = reading.tally
    parts = [
        f"{tally.rows:,} rows",
        f"{tally.sentences:,} sentences",
        f"{reading.rate:,.0f}/s",
        _duration(reading.seconds),
    ]
    if (share := reading.position.share) is not None:
        parts.insert(0, f"{share:.0%}")
    if reading.seconds_left is not None:
        parts.append(f"{_duration(reading.seconds_left)} left")
    if tally.failed:
        parts.append(_errors(tally))
    return ", ".join(parts)


def _as_json(reading: Reading) -> str:
    content = {
        "event": "progress",
        "read_bytes": reading.position.read,
        "size_bytes": reading.position.size,
        "seconds": round(reading.seconds, 3),
        "sentences_per_second": round(reading.rate, 3),
        "seconds_left": reading.seconds_left and round(reading.seconds_left, 3),
        "counts": vars(reading.tally),
    }
    return json.dumps(content, ensure_ascii=False)


def _errors(tally: Tally) -> str:
    return f"{tally.failed:,} error{'' if tally.failed == 1 else 's'}"


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
