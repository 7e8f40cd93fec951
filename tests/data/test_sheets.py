"""Sheets for annotators: what is written is read back, and mistakes are named by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from framelens.data import DataError
from framelens.data.filled_sheets import FilledSheets, read_sheets
from framelens.data.sheets import SheetRow, write_sheet
from framelens.model.scheme import Scheme

ROWS = [
    SheetRow("monday", 2, ("It dawned.",), "The sun shines.", ("It pours.",), "random"),
    SheetRow("monday", 3, ("It dawned.", "The sun shines."), "It pours.", (), "uncertain"),
    SheetRow("monday", 9, (), "It is said to snow.", (), "random"),
    SheetRow("tuesday, early", 1, (), "“Sun,” they said.", ("Not a cloud.",), "random"),
]

Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Writes a sheet, and fills in the columns of its rows, numbered from 1."""

    def filled(name: str, changes: Mapping[int, Mapping[str, str]]) -> Path:
        path = tmp_path / name
        write_sheet(path, ROWS)
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        for number, columns in changes.items():
            for column, value in columns.items():
                rows[number - 1][header.index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return filled


def label(**labels: str) -> dict[int, dict[str, str]]:
    """Labels by rows, as ``_1="sunny"``."""
    return {int(name[1:]): {"label": value} for name, value in labels.items()}


def test_a_sheet_has_a_row_for_each_sentence_and_room_for_its_label(tmp_path: Path):
    path = tmp_path / "sheet.csv"
    write_sheet(path, ROWS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "id": "1",
        "document": "monday",
        "sentence": "2",
        "context": "It dawned.\n>> The sun shines.\nIt pours.",
        "text": "The sun shines.",
        "label": "",
        "doubtful": "",
        "selected": "random",
    }
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_labels_come_back_in_their_documents(fill: Fill, scheme: Scheme):
    changes = label(_1="s", _2="rainy", _4="qs")
    changes[2]["doubtful"] = "x"
    filled = read_sheets([fill("ada.csv", changes)], scheme)
    monday, tuesday = filled.corpus
    assert monday.text == "It dawned.\nThe sun shines.\nIt pours.\nIt is said to snow."
    assert [(monday.text_of(each), each.label) for each in monday.sentences] == [
        ("The sun shines.", "sunny"),
        ("It pours.", "rainy"),
    ]
    assert [each.doubtful for each in monday.sentences] == [False, True]
    assert [each.votes for each in monday.sentences] == [(), ()]
    assert monday.metadata == {"selected": "uncertain"}
    assert (tuesday.id, tuesday.metadata) == ("tuesday, early", {"selected": "random"})
    assert (filled.rows, filled.unlabelled, filled.unsettled) == (4, 1, [])


def test_several_annotators_vote_and_ties_are_not_settled(fill: Fill, scheme: Scheme):
    ada = fill("ada.csv", label(_1="sunny", _2="rainy", _3="sunny"))
    ben = fill("ben.csv", label(_1="sunny", _2="sunny"))
    filled = read_sheets([ada, ben], scheme)
    assert votes(filled) == {"The sun shines.": ("sunny", "sunny"), "It is said to snow.": ()}
    assert filled.unsettled == [ROWS[1]]
    carol = fill("carol.csv", label(_2="sunny"))
    filled = read_sheets([ada, ben, carol], scheme)
    assert votes(filled)["It pours."] == ("rainy", "sunny", "sunny")
    assert filled.unsettled == []
    assert filled.corpus[0].sentences[1].annotators == ("ada", "ben", "carol")


def test_an_annotator_labels_a_sentence_once(fill: Fill, scheme: Scheme, tmp_path: Path):
    (tmp_path / "ben").mkdir()
    copies = [
        fill("sheet.csv", label(_1="sunny", _2="rainy")),
        fill("ben/sheet.csv", label(_3="s")),
    ]
    assert len(read_sheets(copies, scheme).corpus[0].sentences) == 3
    copies[1] = fill("ben/sheet.csv", label(_1="rainy"))
    with pytest.raises(DataError) as raised:
        read_sheets(copies, scheme)
    assert str(raised.value).replace(f"{tmp_path}/", "") == (
        "ben/sheet.csv:2: 'sheet' labels the sentence a second time, after sheet.csv:2; the name "
        "of a file is that of its annotator"
    )


def test_inside_a_label_the_frame_must_lead_too(fill: Fill):
    leaves = {"sun": {"label": "said"}, "rain": {"label": "said"}, "own": {"label": "author"}}
    content = {"name": "weather", "labels": {"said": {}, "author": {}}, "leaves": leaves}
    scheme = Scheme.from_dict(content)
    copies = [
        fill("ada.csv", label(_1="sun", _2="sun")),
        fill("ben.csv", label(_1="rain", _2="sun")),
        fill("carol.csv", label(_1="own", _2="rain")),
    ]
    filled = read_sheets(copies, scheme)
    assert filled.unsettled == [ROWS[0]]
    assert filled.corpus[0].sentences[0].label == "sun"


def test_where_labels_may_be_several_a_dash_is_none(fill: Fill):
    content = {"name": "tone", "multi_label": True, "labels": {"angry": {}, "sad": {}}}
    scheme = Scheme.from_dict(content)
    ada = fill("ada.csv", label(_1="sad|angry", _2="-", _4="-"))
    filled = read_sheets([ada], scheme)
    assert [each.label for document in filled.corpus for each in document.sentences] == [
        "angry|sad",
        "",
        "",
    ]
    assert filled.unlabelled == 1
    ben = fill("ben.csv", label(_1="sad", _2="-"))
    filled = read_sheets([ada, ben], scheme)
    assert filled.unsettled == [ROWS[0]]
    assert [each.votes for document in filled.corpus for each in document.sentences] == [
        ("", ""),
        (),
    ]


def votes(filled: FilledSheets) -> dict[str, tuple[str, ...]]:
    (document,) = filled.corpus
    return {document.text_of(each): each.votes for each in document.sentences}


def test_a_spreadsheets_line_ends_and_spaces_change_nothing(fill: Fill, scheme: Scheme):
    context = "It dawned. \r\n>>\u00a0The sun  shines.\r\nIt pours.\r\n"
    changes = {1: {"context": context, "text": " The sun  shines. ", "label": "sunny "}}
    (document,) = read_sheets([fill("ada.csv", changes)], scheme).corpus
    assert document.text_of(document.sentences[0]) == "The sun shines."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {1: {"label": "snowy"}},
            "ada.csv:2: label: unknown label 'snowy': 'weather' knows 'sunny', ",
        ),
        ({1: {"text": ""}}, "ada.csv:2: text: empty"),
        ({1: {"sentence": "two"}}, "ada.csv:2: sentence: expected a number from 1, found 'two'"),
        ({1: {"sentence": "1"}}, "ada.csv:2: sentence: 1 is too low, since 1 stand before it"),
        (
            {1: {"text": "The sun shone."}},
            "ada.csv:2: text: the context has no line '>> The sun shone.'; leave both as",
        ),
        (
            {2: {"sentence": "4"}},
            "ada.csv:5: context: sentence 3 of 'monday' is another one in ada.csv:2",
        ),
        ({2: {"sentence": "2", "context": ">> It pours."}}, "the sentence stands also in"),
        ({}, "ada.csv: no row has a label"),
    ],
)
def test_mistakes_are_named_by_row(
    fill: Fill,
    scheme: Scheme,
    tmp_path: Path,
    changes: dict[int, dict[str, str]],
    message: str,
):
    path = fill("ada.csv", changes)
    with pytest.raises(DataError) as raised:
        read_sheets([path], scheme)
    assert message in str(raised.value).replace(f"{tmp_path}/", "")


def test_every_file_is_read_before_anything_is_said(fill: Fill, scheme: Scheme, tmp_path: Path):
    none = tmp_path / "none.csv"
    header = tmp_path / "header.csv"
    header.write_text("text,label\nIt pours.,rainy\n", encoding="utf-8")
    faulty = fill("ada.csv", label(_1="snowy", _2="foggy"))
    with pytest.raises(DataError) as raised:
        read_sheets([none, header, faulty], scheme)
    places = [(Path(each.file).name, each.line, each.field) for each in raised.value.problems]
    assert places == [
        ("none.csv", None, None),
        ("header.csv", 1, "document"),
        ("header.csv", 1, "sentence"),
        ("header.csv", 1, "context"),
        ("ada.csv", 2, "label"),
        ("ada.csv", 5, "label"),
    ]
