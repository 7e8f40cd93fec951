"""Files and folders of every kind, each read as what it is."""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import datasets
import pyarrow
import pytest
from pyarrow import parquet

from framelens.data.intake import Intake

Write = Callable[..., Path]
Complaints = Callable[..., list[str]]

ROWS = [("It rains.", "wet"), ("The sun shines.", "dry")]


@pytest.mark.parametrize(
    ("name", "between", "kind"),
    [
        ("a.csv", ",", "fields between commas"),
        ("a.CSV", ";", "fields between semicolons"),
        ("a.csv", "\t", "fields between tabs"),
        ("a.tsv", "\t", "fields between tabs"),
        ("a.csv", "|", "fields between bars"),
    ],
)
def test_delimiters(take: Callable[..., Intake], write: Write, name: str, between: str, kind: str):
    lines = [between.join(("text", "label")), *(between.join(row) for row in ROWS)]
    intake = take(write(name, "\ufeff" + "\r\n".join(lines)))
    assert intake.sources[0].kind == kind
    assert [document.text for document in intake.corpus] == [text for text, _ in ROWS]


def test_encodings_are_named(complaints: Complaints, write: Write):
    path = write("a.csv", "text,label\nÉté.,dry\n".encode("cp1252"))
    assert complaints(path) == ["a.csv:2: not UTF-8: byte 0xc9 in column 1; save the file as UTF-8"]


def test_parquet_with_types(take: Callable[..., Intake], tmp_path: Path):
    table = pyarrow.table(
        {
            "text": [text for text, _ in ROWS],
            "label": [1.0, 0.0],
            "day": [datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)],
            "checked": [True, None],
        }
    )
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path)
    intake = take(path)
    assert intake.scheme.leaf_names == ("0", "1")
    assert intake.keys.date == "day"
    assert intake.corpus[0].metadata == {"day": "2024-05-01", "checked": "true"}
    assert intake.corpus[0].id == f"{path}:1"


def test_rows_in_json(sentences: Callable[..., Any], complaints: Complaints, write: Write):
    rows = [{"text": text, "label": label, "year": 2024} for text, label in ROWS]
    assert sentences(write("a.jsonl", rows)) == ROWS
    whole = write("a.json", json.dumps(rows))
    assert sentences(whole) == ROWS
    path = write("c.json", json.dumps([*rows, 3]))
    assert complaints(path) == ["c.json:3: expected an object"]
    assert complaints(write("d.json", "{}")) == [
        "d.json: expected a list of objects, one for each text"
    ]
    assert complaints(write("e.json", "[")) == [
        "e.json: not JSON that can be read: Expecting value: line 1 column 2 (char 1)"
    ]


def test_what_utf8_cannot_hold(complaints: Complaints, write: Write):
    path = write("a.json", '[{"text": "It rains \\ud83d.", "label": "wet"}]')
    assert complaints(path) == ["a.json: not Unicode: '\\ud83d' is half of a surrogate pair"]


def test_a_blank_line_is_no_header(sentences: Callable[..., Any], write: Write):
    path = write("a.csv", "\ntext;label\nIt rains, again.;wet\nThe sun shines.;dry\n")
    assert sentences(path) == [("It rains, again.", "wet"), ("The sun shines.", "dry")]


def test_names_of_classes_beside_labels_that_are_texts(
    sentences: Callable[..., Any], saved: Path, tmp_path: Path
):
    datasets.load_from_disk(str(saved))["train"].to_parquet(str(tmp_path / "a.parquet"))
    table = parquet.read_table(tmp_path / "a.parquet")
    labels = pyarrow.array([label for _, label in ROWS])
    parquet.write_table(table.set_column(1, "what", labels), tmp_path / "b.parquet")
    assert sentences(tmp_path / "b.parquet") == ROWS


def test_documents_of_ours(take: Callable[..., Intake], write: Write, entry: dict[str, Any]):
    entry["sentences"][0] |= {"votes": {"ann": "sunny", "bob": "rainy"}, "doubtful": True}
    path = write("a.jsonl", [{**entry, "metadata": {"kind": "feedback"}}])
    (document,) = take(path).corpus
    assert document.to_dict() == {**entry, "metadata": {"kind": "feedback"}}


def test_annotations_without_texts(complaints: Complaints, write: Write):
    entry = {"corpus": "c", "doc_id": "1", "sha256": "0", "sentences": []}
    assert complaints(write("a.jsonl", [entry])) == [
        "a.jsonl: stand-off annotations: name them in the settings of framelens train, with the "
        "folder of their texts"
    ]


def test_faults_in_documents_of_ours(complaints: Complaints, write: Write, entry: dict[str, Any]):
    entry["sentences"][1]["end"] = 99
    other = {**entry, "id": "b", "sentences": [{"begin": 0, "end": 3, "label": "dull"}]}
    assert complaints(write("a.jsonl", [entry, other])) == [
        "a.jsonl:1: sentences[1]: span 16:99 is out of range: the text has 25 characters"
    ]


def test_votes_that_are_none(complaints: Complaints, write: Write, entry: dict[str, Any]):
    entry["sentences"][0]["votes"] = 3
    assert complaints(write("a.jsonl", [entry])) == [
        "a.jsonl:1: sentences[0].votes: expected a list, found a whole number"
    ]


def workbook(path: Path, rows: list[tuple[object, ...]]) -> Path:
    """A workbook as Excel writes it, with the least that it needs."""
    cells = [
        "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr">'
            f"<is><t>{escape(str(value))}</t></is></c>"
            for column, value in enumerate(row)
        )
        for number, row in enumerate(rows, 1)
    ]
    lines = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(cells, 1) if row)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Override '
        f'PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="labels" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_workbooks(take: Callable[..., Intake], complaints: Complaints, tmp_path: Path):
    rows = [(), ("text", "label"), *ROWS, (), ("", "dry")]
    path = workbook(tmp_path / "a.xlsx", rows)
    intake = take(path)
    assert intake.sources[0].kind == "sheet 'labels'"
    assert [document.text for document in intake.corpus] == [text for text, _ in ROWS]
    assert complaints(path) == ["a.xlsx:6: text: empty"]


def test_no_workbook(complaints: Complaints, write: Write):
    (message,) = complaints(write("a.xlsx", "text,label"))
    assert message.startswith("a.xlsx: cannot read the workbook: ")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    features = datasets.Features(
        {"text": datasets.Value("string"), "what": datasets.ClassLabel(names=["dry", "wet"])}
    )
    columns = {"text": [text for text, _ in ROWS], "what": [1, 0]}
    part = datasets.Dataset.from_dict(columns, features=features)
    datasets.disable_progress_bars()
    whole = datasets.DatasetDict({"train": part, "validation": part.select([0])})
    whole.save_to_disk(str(tmp_path / "saved"))
    return tmp_path / "saved"


def test_saved_data_sets(take: Callable[..., Intake], saved: Path):
    intake = take(saved)
    labels = [document.sentences[0].label for document in intake.corpus]
    assert labels == ["wet", "dry", "wet"]
    assert intake.keys.split == "split"
    assert [document.metadata["split"] for document in intake.corpus] == ["train", "train", "dev"]
    assert intake.corpus[2].id == f"{saved}/validation:1"


def test_class_names_in_parquet(sentences: Callable[..., Any], saved: Path, tmp_path: Path):
    datasets.load_from_disk(str(saved))["train"].to_parquet(str(tmp_path / "a.parquet"))
    assert sentences(tmp_path / "a.parquet") == ROWS


def test_data_sets_on_the_hub(
    take: Callable[..., Intake], saved: Path, monkeypatch: pytest.MonkeyPatch
):
    def load(name: str, subset: str | None) -> Any:
        assert (name, subset) == ("somebody/weather", "small")
        return datasets.load_from_disk(str(saved))

    monkeypatch.setattr(datasets, "load_dataset", load)
    intake = take("hf://datasets/somebody/weather", subset="small")
    assert intake.sources[0].kind == "data set"
    assert intake.corpus[0].id == "hf://datasets/somebody/weather/train:1"


def test_a_hub_that_cannot_be_reached(complaints: Complaints, monkeypatch: pytest.MonkeyPatch):
    def load(name: str, subset: str | None) -> Any:
        raise ConnectionError("no route to the hub\nand more")

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert complaints("hf://datasets/somebody/weather") == [
        "hf://datasets/somebody/weather: cannot load the data set: no route to the hub"
    ]


def test_unknown_files(complaints: Complaints, write: Write, tmp_path: Path):
    (message,) = complaints(write("a.docx", "text"))
    assert message.startswith("a.docx: unknown kind of file; use '.csv', '.tsv', '.parquet'")
    assert complaints(tmp_path / "none.csv") == [
        "none.csv: cannot read the file: No such file or directory"
    ]
    folder = tmp_path / "empty"
    folder.mkdir()
    assert complaints(folder) == [
        "empty: neither a data set that save_to_disk wrote nor texts with annotations of brat"
    ]
