"""Progress and summary, from counts and a clock of their own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO

import pytest

from framelens.serve.bulk.meter import Meter, Position
from framelens.serve.bulk.progress import ProgressMode, progress
from framelens.serve.bulk.summary import write_summary, write_summary_as_json
from framelens.serve.bulk.tally import BINS, Tally

LABELS = ("sunny", "rainy")


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.fixture(autouse=True)
def plain_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "140")


def clock(*times: float) -> Callable[[], float]:
    values: Iterator[float] = iter(times)
    return lambda: next(values)


def tally(sentences: int, failed: int = 0) -> Tally:
    bins = [0] * BINS
    bins[-1] = sentences
    return Tally(
        rows=sentences // 2 + failed,
        failed=failed,
        sentences=sentences,
        review=sentences // 4,
        labels=Counter(sunny=sentences * 3 // 4, rainy=sentences // 4),
        languages=Counter(en=sentences // 2),
        confidence=bins,
        faults=Counter({"not JSON": failed} if failed else {}),
    )


def test_rate_and_time_left():
    meter = Meter(clock(0.0, 1.0, 11.0, 21.0))
    assert meter.read(tally(0), Position(0, 1000)).seconds_left is None
    reading = meter.read(tally(100), Position(100, 1000))
    assert (reading.seconds, reading.rate) == (11.0, 10.0)
    assert reading.seconds_left == pytest.approx(90.0)
    assert meter.read(tally(400), Position(400)).seconds_left is None


def test_a_run_that_goes_on_has_the_rate_of_what_it_scores_itself():
    meter = Meter(clock(0.0, 1.0, 11.0))
    meter.read(tally(900), Position(0, 1000))
    reading = meter.read(tally(950), Position(950, 1000))
    assert reading.rate == 5.0
    assert reading.seconds_left == pytest.approx(10.0)


def test_an_old_rate_is_forgotten():
    meter = Meter(clock(*map(float, range(101))))
    for number in range(50):
        meter.read(tally(number), Position(0))
    for number in range(50):
        reading = meter.read(tally(50 + 100 * number), Position(0))
    assert reading.rate == pytest.approx(100.0)


def test_a_position_that_grew_beyond_its_size():
    assert Position(12, 10).share == 1.0
    assert Position(0, 0).share is None


def shown(mode: ProgressMode, stream: StringIO) -> str:
    counts = [tally(0), tally(100, failed=1), tally(200, failed=2)]
    read = iter([Position(0, 400), Position(100, 400), Position(200, 400)])
    times = clock(0.0, 0.0, 100.0, 200.0)
    with progress(mode, LABELS, lambda: next(read), stream, times) as watch:
        for each in counts:
            watch(each)
    return stream.getvalue()


def test_lines_in_a_file():
    assert shown("auto", StringIO()).splitlines() == [
        "25%, 51 rows, 100 sentences, 1/s, 0:01:40, 0:05:00 left, 1 error",
        "50%, 102 rows, 200 sentences, 1/s, 0:03:20, 0:03:20 left, 2 errors",
    ]


def test_json():
    lines = [json.loads(line) for line in shown("json", StringIO()).splitlines()]
    assert [line["read_bytes"] for line in lines] == [100, 200]
    assert lines[1] == {
        "event": "progress",
        "read_bytes": 200,
        "size_bytes": 400,
        "seconds": 200.0,
        "sentences_per_second": 1.0,
        "seconds_left": 200.0,
        "counts": lines[1]["counts"],
    }
    assert lines[1]["counts"]["labels"] == {"sunny": 150, "rainy": 50}


def test_nothing():
    assert shown("none", Terminal()) == ""


def test_a_terminal_is_drawn_on_and_left_clean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    drawn = shown("auto", Terminal())
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert "50%, 102 rows, 200 sentences, 1/s, 0:03:20, 0:03:20 left, 2 errors" in text
    assert "sunny 75%  rainy 25%  for review 25%  2 errors" in text
    assert drawn.rstrip().endswith(("\x1b[2K", "\x1b[?25h"))


def test_the_terminal_comes_back_when_a_run_breaks_off():
    stream = Terminal()

    def interrupted() -> None:
        with progress("auto", LABELS, lambda: Position(0), stream) as watch:
            watch(tally(10))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1


def test_summary():
    stream = StringIO()
    counts = tally(1200, failed=2)
    counts.confidence = [0] * 10 + [100, 0, 0, 0, 0, 0, 0, 0, 100, 1000]
    write_summary(counts, LABELS, stream)
    assert [line.rstrip() for line in stream.getvalue().splitlines()] == [
        "600 documents, 1,200 sentences",
        f"sunny  900  75%  {'█' * 24}",
        f"rainy  300  25%  {'█' * 8}",
        "for review  300 sentences (25%)",
        "confidence  0.50 ▂▁▁▁▁▁▁▁▂█ 1.00, median about 0.97",
        "languages   en 600",
        "errors      2 rows of 602 without a result",
        "            2: not JSON",
    ]


def test_summary_of_nothing():
    stream = StringIO()
    write_summary(Tally(), LABELS, stream)
    assert stream.getvalue().startswith("0 documents, 0 sentences\nsunny  0  –")


def test_reasons_cannot_command_the_terminal():
    stream = StringIO()
    counts = Tally(rows=1, failed=1, faults=Counter({"\x1b[2J[bold]": 1}))
    write_summary(counts, LABELS, stream)
    assert "1:  [2J[bold]" in stream.getvalue()


def test_summary_as_json():
    stream = StringIO()
    write_summary_as_json(tally(4), stream)
    assert json.loads(stream.getvalue()) == {
        "event": "summary",
        "counts": json.loads(stream.getvalue())["counts"],
    }
    assert json.loads(stream.getvalue())["counts"]["sentences"] == 4
