"""``framelens feedback``: what people have corrected, as labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framelens.model import FramelensError
from framelens.serve.commands.options import DatabaseUrl
from framelens.serve.commands.store import opened

if TYPE_CHECKING:
    from framelens.data.documents import LabelledDocument
    from framelens.serve.store.feedback import Exported

__all__ = ["app"]

app = typer.Typer(help="What people have corrected.", no_args_is_help=True)


@app.callback()
def feedback() -> None:
    """What people have corrected."""


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSONL file to write.", metavar="FILE")],
    database: DatabaseUrl = None,
) -> None:
    """Write the feedback whose text is kept as a corpus to train on.

    Of what was said of a sentence, the newest counts. Left out is feedback without text, with a
    label that several leaves fold into, or against which an appeal is pending.
    """
    from framelens.data.documents import write_documents
    from framelens.serve.store import feedback as corrections

    with opened(database) as store, store.database.reading() as session:
        usable, known = corrections.usable_and_all(session)
        if not usable:
            raise FramelensError(f"none of {known} corrections has a kept text and a single leaf")
        write_documents(file, map(_document, corrections.export(session)))
    typer.echo(f"{usable} of {known} corrections have a kept text and a single leaf")


def _document(exported: Exported) -> LabelledDocument:
    from framelens.data.documents import LabelledDocument, LabelledSentence

    sentences = tuple(LabelledSentence(*span) for span in exported.spans)
    return LabelledDocument(exported.id, exported.text, sentences, {"kind": "feedback"})
