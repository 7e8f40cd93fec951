"""The table that people read."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from typer.testing import Result

from framelens.model import (
    Document,
    DocumentResult,
    Evidence,
    Frame,
    FramingClassifier,
    Scheme,
    SentenceResult,
    Word,
)
from framelens.serve.commands.table import write_table

Run = Callable[..., Result]

TEXT = "We won the cup. It rained in Ostrel."

SCHEME = Scheme.from_dict(
    {
        "name": "weather",
        "labels": {"sunny": {}, "rainy": {}},
        "leaves": {
            "sunny": {"label": "sunny"},
            "drizzle": {"label": "rainy", "frame": "light"},
            "storm": {"label": "rainy", "frame": "heavy"},
        },
    }
)
PLAIN_SCHEME = Scheme.from_dict({"name": "plain", "labels": {"sunny": {}, "rainy": {}}})


def sentence(
    text: str,
    label: str,
    frame: Frame | None = None,
    words: tuple[Word, ...] = (),
    review: bool = False,
):
    return SentenceResult(
        begin=0,
        end=len(text),
        text=text,
        label=label,
        confidence=0.876,
        review=review,
        scores={"sunny": 0.5, "rainy": 0.5},
        frame=frame,
        tokens=1,
        tokens_scored=1,
        evidence=Evidence(words, 0.0) if words else None,
    )


def table(*results: DocumentResult, scheme: Scheme = SCHEME) -> list[str]:
    stream = StringIO()
    write_table(results, scheme, stream)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def plain_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")


def test_layout():
    first = DocumentResult(
        "forecast",
        (sentence("Not a cloud.", "sunny"), sentence("It pours.", "rainy", Frame("heavy", 0.614))),
    )
    second = DocumentResult("report", error="has no character that the model reads")
    assert table(first, second) == [
        "forecast  2 sentences",
        "label  conf.  frame       sentence",
        "sunny   0.88              Not a cloud.",
        "rainy   0.88  heavy 0.61  It pours.",
        "",
        "report  not scored: has no character that the model reads",
        "",
        "2 documents, 2 sentences: sunny 1, rainy 1",
    ]


def test_marks_for_review_stand_where_there_are_any():
    marked = sentence("It pours.", "rainy", Frame("heavy", 0.614), review=True)
    first = DocumentResult("forecast", (sentence("Not a cloud.", "sunny"), marked))
    second = DocumentResult("report", (sentence("Not a cloud.", "sunny"),))
    assert table(first, second) == [
        "forecast  2 sentences",
        "label  conf.  frame       mark    sentence",
        "sunny   0.88                      Not a cloud.",
        "rainy   0.88  heavy 0.61  review  It pours.",
        "",
        "report  1 sentence",
        "label  conf.  frame  sentence",
        "sunny   0.88         Not a cloud.",
        "",
        "2 documents, 3 sentences: sunny 2, rainy 1; 1 for review",
    ]


def test_a_scheme_without_frames_has_no_column_for_them():
    lines = table(DocumentResult("a", (sentence("It pours.", "rainy"),)), scheme=PLAIN_SCHEME)
    assert lines[1].split() == ["label", "conf.", "sentence"]
    assert lines[-1] == "1 document, 1 sentence: sunny 0, rainy 1"


def test_long_sentences_wrap_in_their_column():
    text = "It pours on and on. " * 10
    lines = table(DocumentResult("a", (sentence(text.strip(), "rainy"),)))
    column = lines[1].index("sentence")
    assert len(lines) > 6
    assert all(not line[:column].strip() for line in lines[3:-2])
    assert " ".join(line[column:] for line in lines[2:-2]) == text.strip()


def test_evidence_shows_the_strongest_words():
    contributions = {"It": -0.5, "pours": 1.25, "on": 0.5, "and": 0.25, "so": 0.0}
    words = tuple(Word(0, 0, text, value) for text, value in contributions.items())
    lines = table(DocumentResult("a", (sentence("It pours on and so", "rainy", words=words),)))
    assert lines[3].strip() == "pours +1.25  on +0.50  and +0.25"


def test_texts_cannot_command_the_terminal_or_the_layout():
    text = "Now \x1b[31mred\x07 \x9b2J [bold]loud[/bold] :sunny: end"
    lines = table(DocumentResult("a\x1b[2J\nb", (sentence(text, "sunny"),)))
    assert lines[0] == "a [2J b  1 sentence"
    assert lines[2].endswith("Now  [31mred   2J [bold]loud[/bold] :sunny: end")


def test_table_where_asked(run: Run, loaded: FramingClassifier):
    result = run("score", "--format", "table", stdin=TEXT)
    assert result.stdout.startswith("<stdin>  2 sentences\n")
    assert "\x1b" not in result.stdout
    labels = [item.label for item in loaded.classify([Document(TEXT)])[0].sentences]
    rows = result.stdout.splitlines()[2:4]
    assert [row.split()[0] for row in rows] == labels


@pytest.mark.usefixtures("loaded")
def test_colours_on_a_forced_terminal(run: Run):
    options = ("score", "--format", "table")
    coloured = run(*options, stdin=TEXT, FORCE_COLOR="1", TERM="xterm-256color").stdout
    plain = run(*options, stdin=TEXT).stdout
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_every_label_has_a_style(run: Run, loaded: FramingClassifier):
    options = ("score", "--format", "table")
    summary = run(*options, stdin=TEXT, FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="200")
    last = summary.stdout.splitlines()[-1]
    styled = re.findall(r"\x1b\[([0-9;]+)m(\w+) \d", last)
    assert [name for _, name in styled] == list(loaded.artefact.scheme.label_names)
    assert len({style for style, _ in styled}) == len(styled)
