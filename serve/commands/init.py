"""``framelens init``: labelled data of any kind in, a folder to train in out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.console import Console

from framelens.model import FramelensError, Scheme
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.found import (
    print_advice,
    print_findings,
    print_problems,
    print_sources,
    suspects_in_words,
)

if TYPE_CHECKING:
    from framelens.data.intake import Intake

__all__ = ["init"]

GUESSED = "guessed"
MOST_JUDGED = 5_000
"""Sentences that a simple model judges while one waits."""


def _column(holds: str) -> Any:
    text = f"Column that holds {holds}; an empty name for none."
    return typer.Option(help=text, metavar="NAME", show_default=GUESSED)


Column: TypeAlias = str | None


def init(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="CSV, TSV, Parquet, JSONL, JSON or a workbook with any columns; an export of "
            "Label Studio or Argilla; a folder of brat or of a saved data set; hf://datasets/NAME.",
            metavar="FILE",
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder to write; it must not exist yet.", metavar="FOLDER")
    ],
    text_column: Annotated[Column, _column("the sentence")] = None,
    label_column: Annotated[
        list[str] | None,
        typer.Option(
            help="Column that holds the label; of several, each says yes or no to one label.",
            metavar="NAME",
            show_default=GUESSED,
        ),
    ] = None,
    id_column: Annotated[Column, _column("a name of the sentence")] = None,
    document_column: Annotated[Column, _column("the document whose sentence it is")] = None,
    annotator_column: Annotated[Column, _column("who labelled it, a row for each")] = None,
    votes_column: Annotated[Column, _column("what several annotators chose")] = None,
    split_column: Annotated[Column, _column("the part: train, dev or test")] = None,
    date_column: Annotated[Column, _column("a date like 2024-05-31")] = None,
    group_column: Annotated[Column, _column("what documents have in common")] = None,
    separator: Annotated[
        str, typer.Option(help="What stands between several labels of a sentence.")
    ] = "|",
    rename: Annotated[
        list[str] | None,
        typer.Option(help="Call a label otherwise, or put two together.", metavar="OLD=NEW"),
    ] = None,
    rest: Annotated[
        str | None,
        typer.Option(
            help="Label of sentences in which nobody marked anything.",
            metavar="LABEL",
            show_default="none, they are context",
        ),
    ] = None,
    subset: Annotated[
        str | None, typer.Option(help="Which configuration of a data set.", metavar="NAME")
    ] = None,
    scheme: Annotated[
        Path | None,
        typer.Option(
            help="Scheme that knows the labels.", metavar="FILE", show_default="made from them"
        ),
    ] = None,
    multi_label: Annotated[
        bool, typer.Option("--multi-label", help="A sentence without a label has none.")
    ] = False,
    suspects: Annotated[
        bool,
        typer.Option(
            help="Look for labels that are probably wrong, with a simple model, in up to "
            f"{MOST_JUDGED:,} sentences."
        ),
    ] = True,
    skip_faulty: Annotated[
        bool,
        typer.Option("--skip-faulty", help="Leave faulty rows out, and name them in skipped.txt."),
    ] = False,
) -> None:
    """Look through labelled data, and write a folder to train in.

    It says what it found and what it advises, and writes documents.jsonl, scheme.yaml and
    train.yaml. Everything faulty is named by file, row and column; exit code 1 says that there
    is something.
    """
    from framelens.data.intake import Choices, find_out, read_intake
    from framelens.training.advice import advise
    from framelens.training.project import write_project

    columns = {
        "text": text_column,
        "id": id_column,
        "document": document_column,
        "annotator": annotator_column,
        "votes": votes_column,
        "split": split_column,
        "date": date_column,
        "group": group_column,
    }
    chosen = {role: (name,) if name else () for role, name in columns.items() if name is not None}
    choices = Choices(
        columns=chosen | ({"label": tuple(label_column)} if label_column else {}),
        separator=separator,
        rename=dict(map(_pair, rename or ())),
        rest=rest,
        subset=subset,
        multi_label=multi_label,
        scheme=Scheme.from_file(scheme) if scheme else None,
    )
    _check_out(out)
    console = Console(highlight=False)
    intake = read_intake(sources, out.resolve().name, choices)
    print_sources(intake.sources, console)
    if intake.problems and not skip_faulty:
        _refuse(intake)
    findings = find_out(intake)
    print_findings(intake, findings, _suspicious(intake, out) if suspects else None, console)
    advice = advise(intake, findings)
    print_advice(advice, console)
    write_project(out, intake, findings, advice)
    if intake.problems:
        typer.echo(f"\nleft out {len(intake.problems):,}: {out / 'skipped.txt'} names them")
    typer.echo(f"\nwrote {out}; next: framelens train --settings {out / 'train.yaml'}")


def _suspicious(intake: Intake, out: Path) -> str:
    """What labels are probably wrong, or, where there are too many to look at, what looks."""
    sentences = sum(len(document.sentences) for document in intake.corpus)
    if sentences > MOST_JUDGED:
        command = f"framelens data suspects {out}/documents.jsonl --scheme {out}/scheme.yaml"
        return f"not looked for in more than {MOST_JUDGED:,} sentences; {command} does"
    with needs_extra("train"):
        from framelens.training.suspects import label_errors
    return suspects_in_words(label_errors(intake.corpus, intake.scheme), intake)


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (equals and old.strip() and new.strip()):
        raise FramelensError(f"--rename: expected OLD=NEW, found {text!r}")
    return old.strip(), new.strip()


def _check_out(out: Path) -> None:
    if out.exists():
        raise FramelensError(f"--out: {out} exists; name a new folder or remove it")


def _refuse(intake: Intake) -> None:
    errors = Console(stderr=True, highlight=False)
    print_problems(intake.problems, errors)
    errors.print(
        f"{len(intake.problems):,} problems; mend them, or leave these rows out with --skip-faulty"
    )
    raise typer.Exit(1)
