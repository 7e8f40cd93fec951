"""Results as tables for people: labels by name and colour, readable without the colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from framelens.model import DocumentResult, Evidence, Scheme, SentenceResult
from framelens.serve.terminal import label_styles, printable

__all__ = ["write_table"]

EVIDENCE_WORDS = 3


def write_table(results: Iterable[DocumentResult], scheme: Scheme, stream: TextIO) -> None:
    """Write a table for each document as it comes, and the counts of labels at the end."""
    console = Console(file=stream, highlight=False)
    layout = _Layout(scheme)
    documents = sentences = marked = 0
    labels: Counter[str] = Counter()
    for result in results:
        documents += 1
        marked += sum(sentence.review for sentence in result.sentences)
        labels.update(label for sentence in result.sentences for label in sentence.each_label)
        sentences += len(result.sentences)
        console.print(layout.heading(result))
        if result.sentences:
            console.print(layout.table(result.sentences))
        console.print()
    console.print(layout.summary(documents, sentences, labels, marked))


class _Layout:
    """How a scheme's labels look, the same for every document."""

    def __init__(self, scheme: Scheme) -> None:
        self._styles = label_styles(scheme.label_names)
        self._label_width = max(map(len, scheme.label_names))
        self._has_frames = bool((scheme.folding.sum(axis=0) > 1).any())

    def heading(self, result: DocumentResult) -> Text:
        heading = Text(printable(result.id or "document"), "bold")
        if result.error is not None:
            return heading.append(f"  not scored: {result.error}", "bold red")
        return heading.append(f"  {_count(len(result.sentences), 'sentence')}", "not bold")

    def table(self, sentences: Sequence[SentenceResult]) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("label", min_width=self._label_width, no_wrap=True)
        table.add_column("conf.", justify="right", no_wrap=True)
        if self._has_frames:
            table.add_column("frame", no_wrap=True)
        has_marks = any(sentence.review for sentence in sentences)
        if has_marks:
            table.add_column("mark", no_wrap=True)
        table.add_column("sentence")
        for sentence in sentences:
            table.add_row(*self._cells(sentence, has_marks))
        return table

    def summary(self, documents: int, sentences: int, labels: Counter[str], marked: int) -> Text:
        counted = f"{_count(documents, 'document')}, {_count(sentences, 'sentence')}"
        summary = Text(f"{counted}: ")
        counts = (Text(f"{name} {labels[name]}", style) for name, style in self._styles.items())
        summary.append_text(Text(", ").join(counts))
        return summary.append(f"; {marked:,} for review") if marked else summary

    def _cells(self, sentence: SentenceResult, has_marks: bool) -> Iterator[Text]:
        yield Text(", ").join(Text(name, self._styles[name]) for name in sentence.each_label)
        yield Text(f"{sentence.confidence:.2f}")
        if self._has_frames:
            frame = sentence.frame
            yield Text(f"{frame.label} {frame.confidence:.2f}" if frame else "")
        if has_marks:
            yield Text("review" if sentence.review else "")
        text = Text(printable(sentence.text))
        if sentence.evidence:
            text.append(f"\n{_strongest_words(sentence.evidence)}", "dim")
        for label, evidence in (sentence.label_evidence or {}).items():
            text.append(f"\n{label}: {_strongest_words(evidence)}", "dim")
        yield text


def _strongest_words(evidence: Evidence) -> str:
    words = sorted(evidence.words, key=lambda word: word.contribution, reverse=True)
    strongest = words[:EVIDENCE_WORDS]
    return "  ".join(f"{printable(word.text)} {word.contribution:+.2f}" for word in strongest)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
