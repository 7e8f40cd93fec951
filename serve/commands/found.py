"""What was found in labelled data, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from framelens.serve.terminal import printable

if TYPE_CHECKING:
    from framelens.data import Problem
    from framelens.data.intake import Conflict, Findings, Intake, Source
    from framelens.training.advice import Advice
    from framelens.training.suspects import Suspect

__all__ = [
    "print_advice",
    "print_findings",
    "print_problems",
    "print_sources",
    "suspects_in_words",
]

SHOWN = 3
SHOWN_PROBLEMS = 30


def print_sources(sources: Sequence[Source], console: Console) -> None:
    """What each source turned out to be, and what was guessed of its columns."""
    for source in sources:
        rows = "rows" if source.columns else "texts"
        console.print(
            Text(f"{source.name}: {source.kind}, {source.entries:,} {rows}", "bold"), soft_wrap=True
        )
        table = _table()
        for role, name in source.columns.items():
            table.add_row(Text(f"  {role}"), Text(printable(name)))
        if source.columns:
            console.print(table)
        for note in source.notes:
            console.print(Padding(Text(printable(note)), (0, 0, 0, 2)))


def print_findings(
    intake: Intake, findings: Findings, suspicious: str | None, console: Console
) -> None:
    """Labels and their counts, and what else was found."""
    summary = findings.summary
    table = _table()
    for leaf, count in summary.leaves.items():
        share = count / max(1, summary.sentences)
        table.add_row(Text(f"  {printable(leaf)}"), f"{count:,}", f"{share:.0%}")
    console.print()
    console.print(Text(_kind(intake, findings), "bold"))
    console.print(table)
    facts = _table()
    for name, text in _facts(intake, findings):
        facts.add_row(Text(name), Text(printable(text)))
    if suspicious is not None:
        facts.add_row("suspicious", Text(printable(suspicious)))
    console.print()
    console.print(facts)


def suspects_in_words(suspects: Sequence[Suspect], intake: Intake) -> str:
    """How many labels are probably wrong, and the places of the first."""
    if not suspects:
        return "no label to a simple model"
    places = {
        (placed.document.id, sentence.begin): f"{place.file}:{place.line}"
        for placed in intake.documents
        for sentence, place in zip(placed.document.sentences, placed.sentence_places, strict=True)
    }
    shown = "; ".join(
        f"{places[each.document, each.begin]} "
        f"({each.label or 'none'}, likelier {each.likelier or 'none'})"
        for each in suspects[:SHOWN]
    )
    more = f", and {len(suspects) - SHOWN:,} more" if len(suspects) > SHOWN else ""
    return f"{len(suspects):,} labels to a simple model, which errs too: {shown}{more}"


def print_advice(advice: Sequence[Advice], console: Console) -> None:
    """What to do, in the order of its weight."""
    console.print()
    console.print(Text("Advice", "bold"))
    table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    for each in advice:
        table.add_row("  -", Text(printable(str(each))))
    console.print(table)


def print_problems(problems: Sequence[Problem], console: Console) -> None:
    """What is wrong, with its places."""
    for problem in problems[:SHOWN_PROBLEMS]:
        console.print(Text(printable(str(problem))), soft_wrap=True)
    if len(problems) > SHOWN_PROBLEMS:
        console.print(f"and {len(problems) - SHOWN_PROBLEMS:,} more problems")


def _table() -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _kind(intake: Intake, findings: Findings) -> str:
    scheme, summary = intake.scheme, findings.summary
    count = len(scheme.leaves)
    kind = f"one of {count} labels a sentence"
    if scheme.multi_label:
        kind = f"any number of {count} labels a sentence"
    elif count == 2:
        kind = "two labels, one of them a sentence"
    return f"{summary.sentences:,} sentences in {summary.documents:,} documents: {kind}"


def _facts(intake: Intake, findings: Findings) -> Iterator[tuple[str, str]]:
    summary, lengths = findings.summary, findings.lengths
    if intake.scheme.multi_label:
        yield "without a label", f"{summary.unlabelled:,} sentences"
    if intake.unlabelled:
        yield "left out", f"{intake.unlabelled:,} texts without a labelled sentence"
    if summary.voted:
        yield (
            "annotators",
            f"{summary.voted:,} sentences by several; on {findings.divided:,} they differ",
        )
    yield (
        "lengths",
        f"{lengths.median:.0f} words in the middle, nine of ten up to {lengths.most:.0f}, "
        f"the longest {lengths.longest:,} ({lengths.longest_place})",
    )
    yield "repeated", _conflicts(findings.repeated, "with the same label")
    yield "contradicted", _conflicts(findings.contradicted, "with different labels")
    if findings.parts:
        parts = ", ".join(f"{name} {count:,}" for name, count in findings.parts.items())
        yield "parts", f"{parts} ({intake.keys.split})"
        yield "leakage", _conflicts(findings.leaks, "in two parts")
    languages = ", ".join(f"{code or 'unknown'} {n:,}" for code, n in findings.languages.items())
    foreign = f"; see {_places(findings.foreign)}" if findings.foreign else ""
    yield "languages", f"{languages} documents{foreign}"


def _conflicts(conflicts: Sequence[Conflict], how: str) -> str:
    if not conflicts:
        return f"no sentence {how}"
    shown = "; ".join(
        f"{each.places[0]} and {each.places[1]}"
        + (f" ({each.labels[0]}, {each.labels[1]})" if each.labels[0] != each.labels[1] else "")
        for each in conflicts[:SHOWN]
    )
    more = f", and {len(conflicts) - SHOWN:,} more" if len(conflicts) > SHOWN else ""
    return f"{len(conflicts):,} {how}: {shown}{more}"


def _places(places: Sequence[object]) -> str:
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return ", ".join(map(str, places[:SHOWN])) + more
