"""Labelled data of any kind, read as drafts of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from framelens.data.documents import Corpus, PlacedDocument
from framelens.data.intake.argilla import is_argilla, read_argilla
from framelens.data.intake.brat import read_brat
from framelens.data.intake.columnar import HUB, is_saved_dataset, read_dataset, read_parquet
from framelens.data.intake.columns import choose_columns
from framelens.data.intake.delimited import read_delimited
from framelens.data.intake.drafts import Draft
from framelens.data.intake.exports import Chosen
from framelens.data.intake.json_files import read_json, table_of_records
from framelens.data.intake.keys import PARTS, SplitKeys, find_keys
from framelens.data.intake.label_studio import is_label_studio, read_label_studio
from framelens.data.intake.our_documents import is_documents, read_our_documents
from framelens.data.intake.rows import RowReader
from framelens.data.intake.settling import placed_documents, renamed, scheme_of
from framelens.data.intake.tables import Table
from framelens.data.intake.workbooks import WORKBOOKS, read_workbook
from framelens.data.problems import DataError, Place, Problem
from framelens.data.standoff import is_standoff
from framelens.model.errors import one_of
from framelens.model.scheme import Scheme

__all__ = ["Choices", "Intake", "Source", "read_intake"]

_SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl", ".json", *WORKBOOKS)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user says about the data; the rest is guessed.

    ``columns`` names columns by role, none of a role where that is empty; ``separator`` stands
    between several labels of a sentence; ``rename`` has new names of labels by old ones;
    ``rest`` is the label of sentences in which nobody marked anything; ``subset`` is one of a
    data set's configurations. With ``multi_label`` a sentence without a label has none. A
    ``scheme`` knows all labels, and is not made from them.
    """

    columns: Chosen = field(default_factory=dict, hash=False)
    separator: str = "|"
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)
    rest: str | None = None
    subset: str | None = None
    multi_label: bool = False
    scheme: Scheme | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What one file, folder or data set turned out to be.

    ``columns`` are those of a table by their role; ``notes`` say what else was done with it.
    """

    name: str
    kind: str
    entries: int
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intake:
    """All that was read: a scheme, the documents with labels of it, and everything wrong.

    ``unlabelled`` documents have no labelled sentence and were left out.
    """

    sources: tuple[Source, ...]
    scheme: Scheme
    documents: list[PlacedDocument]
    unlabelled: int
    keys: SplitKeys
    problems: list[Problem]

    @property
    def corpus(self) -> Corpus:
        """The documents without their places."""
        return [placed.document for placed in self.documents]


def read_intake(names: Sequence[str], name: str, choices: Choices) -> Intake:
    """Read labelled data of any kind.

    Args:
        names: files and folders, or data sets on the hub; all their documents together.
        name: of the scheme, unless there is one.
        choices: what is not to be guessed.

    Raises:
        DataError: nothing can be read, or a choice names what is not there.
    """
    problems: list[Problem] = []
    reader = _Reader(choices, problems)
    parts = [reader.read(each) for each in names]
    if not any(parts):
        raise DataError(problems or [Place(", ".join(names)).problem("holds no labelled text")])
    drafts = _with_parts(names, parts) if len(parts) > 1 else parts[0]
    drafts = renamed(_with_own_ids(drafts, problems), choices.rename)
    drafts, keys = find_keys(drafts, choices.columns, problems)
    several = any(each.most_labels > 1 for draft in drafts for each in draft.sentences)
    scheme = choices.scheme or scheme_of(name, drafts, reader.multi_label or several, problems)
    documents = placed_documents(drafts, scheme, problems)
    if not documents:
        problem = Place(", ".join(names)).problem("holds no labelled sentence")
        raise DataError([*problems, problem])
    unlabelled = len(drafts) - len(documents)
    return Intake(tuple(reader.sources), scheme, documents, unlabelled, keys, problems)


class _Reader:
    """Reads one source after another, each as what it is."""

    def __init__(self, choices: Choices, problems: list[Problem]) -> None:
        self.sources: list[Source] = []
        self.multi_label = choices.multi_label or bool(
            choices.scheme and choices.scheme.multi_label
        )
        self._choices = choices
        self._problems = problems

    def read(self, name: str) -> list[Draft]:
        """The documents of a source.

        Raises:
            DataError: it cannot be read at all.
        """
        content = self._open(name)
        if isinstance(content, Table):
            return self._rows(name, content)
        kind, drafts = content
        self.sources.append(Source(name, kind, len(drafts)))
        return drafts

    def _open(self, name: str) -> Table | tuple[str, list[Draft]]:
        path = Path(name)
        if name.startswith(HUB) or (path.is_dir() and is_saved_dataset(path)):
            return read_dataset(name, self._choices.subset)
        if path.is_dir():
            return "brat", read_brat(path, self._choices.rest, self._problems)
        suffix = path.suffix.lower()
        if suffix in (".json", ".jsonl"):
            return self._open_json(path)
        if suffix in (".csv", ".tsv"):
            return read_delimited(path, self._problems)
        if suffix == ".parquet":
            return read_parquet(path)
        if suffix in WORKBOOKS:
            return read_workbook(path)
        advice = f"use {one_of(_SUFFIXES)}, a folder, or {HUB}NAME"
        raise DataError([Place(name).problem(f"unknown kind of file; {advice}")])

    def _open_json(self, path: Path) -> Table | tuple[str, list[Draft]]:
        records = read_json(path, self._problems)
        if is_standoff(records):
            advice = "name them in the settings of framelens train, with the folder of their texts"
            raise DataError([Place(str(path)).problem(f"stand-off annotations: {advice}")])
        columns, rest = self._choices.columns, self._choices.rest
        content: Table | list[Draft]
        if is_documents(records):
            kind, content = "documents", read_our_documents(records, self.multi_label)
        elif is_label_studio(records):
            kind, content = "Label Studio", read_label_studio(records, columns, rest)
        elif is_argilla(records):
            kind, content = "Argilla", read_argilla(records, columns, rest)
        else:
            rows = [(record.place, record.fields) for record in records]
            return table_of_records(str(path), "JSON", rows)
        return content if isinstance(content, Table) else (kind, content)

    def _rows(self, name: str, table: Table) -> list[Draft]:
        if not table.rows:
            raise DataError([Place(name).problem("holds no row")])
        choices = self._choices
        columns = choose_columns(table, choices.columns)
        rows = RowReader(columns, choices.separator, self.multi_label, self._problems)
        drafts = rows.documents(table)
        self.multi_label |= rows.multi_label
        notes = tuple(rows.notes())
        self.sources.append(Source(name, table.kind, len(table.rows), columns.roles(), notes))
        return drafts


def _with_parts(names: Sequence[str], parts: Iterable[list[Draft]]) -> list[Draft]:
    """The documents of all sources; where each is named after a part of a split, in it."""
    stems = [PARTS.get(Path(name).stem.lower()) for name in names]
    return [
        replace(draft, metadata={"split": stem, **draft.metadata}) if all(stems) and stem else draft
        for stem, drafts in zip(stems, parts, strict=True)
        for draft in drafts
    ]


def _with_own_ids(drafts: Sequence[Draft], problems: list[Problem]) -> list[Draft]:
    """Report ids that stand twice in a file; those of several files get its name before them."""
    files: dict[str, set[str]] = {}
    for draft in drafts:
        files.setdefault(draft.id, set()).add(draft.place.file)
    first: dict[str, Place] = {}
    own = []
    for draft in drafts:
        shared = len(files[draft.id]) > 1
        identity = f"{Path(draft.place.file).stem}/{draft.id}" if shared else draft.id
        if identity in first:
            message = f"id {draft.id!r} stands also in {first[identity]}"
            advice = "rename one, or name the column of the annotators with --annotator-column"
            problems.append(draft.place.problem(f"{message}; {advice}"))
        else:
            first[identity] = draft.place
            own.append(replace(draft, id=identity))
    return own
