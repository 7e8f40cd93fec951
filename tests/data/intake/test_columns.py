"""Columns of tables: guessed from names and content, or named by the user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framelens.data.intake import Intake
from framelens.model import FramelensError

Take = Callable[..., Intake]
Write = Callable[..., Path]


def test_names_tell_the_roles(take: Take, write: Write):
    path = write(
        "a.csv",
        "Doc ID,Sentence,Label,Coder,published,Outlet\n"
        "1,It rains.,rainy,ann,2024-05-01,Post\n"
        "1,The sun shines.,sunny,ann,2024-05-01,Post\n"
        "2,It pours.,rainy,bob,2024-05-02,Post\n",
    )
    intake = take(path)
    assert intake.sources[0].columns == {
        "text": "Sentence",
        "label": "Label",
        "document": "Doc ID",
        "annotator": "Coder",
    }
    assert intake.keys.date == "published"
    assert [dict(document.metadata) for document in intake.corpus] == [
        {"published": "2024-05-01", "Outlet": "Post"},
        {"published": "2024-05-02", "Outlet": "Post"},
    ]


def test_content_tells_where_names_do_not(take: Take, write: Write):
    rows = "".join(
        f"{n},Day {n} was no day to go out.,{'wet' if n % 2 else 'dry'}\n" for n in range(30)
    )
    intake = take(write("a.csv", f"number,what was said,weather\n{rows}"))
    assert intake.sources[0].columns == {"text": "what was said", "label": "weather"}
    assert intake.scheme.leaf_names == ("dry", "wet")
    assert intake.corpus[0].metadata == {"number": "0"}


def test_columns_may_be_named_or_refused(take: Take, write: Write):
    path = write("a.csv", "text,label,id,note\nIt rains.,a,1,wet\nIt snows.,b,2,cold\n")
    intake = take(path, label="note", id=())
    assert intake.scheme.leaf_names == ("cold", "wet")
    assert intake.corpus[0].id == f"{path}:2"
    assert intake.corpus[0].metadata == {"label": "a", "id": "1"}


def test_groups_and_parts(take: Take, write: Write):
    rows = "".join(
        f"Sentence number {n}.,{'ab'[n % 2]},{'training' if n < 9 else 'Validation'},s{n % 5}\n"
        for n in range(12)
    )
    intake = take(write("a.csv", f"text,label,fold,speaker\n{rows}"))
    assert (intake.keys.split, intake.keys.group) == ("fold", "speaker")
    assert {document.metadata["fold"] for document in intake.corpus} == {"train", "dev"}


def test_files_named_after_parts(take: Take, write: Write):
    train = write("train.csv", "id,text,label\n1,It rains.,a\n2,It snows.,b\n")
    test = write("test.csv", "id,text,label\n1,It hails.,a\n")
    intake = take(train, test)
    assert [(each.id, each.metadata["split"]) for each in intake.corpus] == [
        ("train/1", "train"),
        ("2", "train"),
        ("test/1", "test"),
    ]
    assert intake.keys.split == "split"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a,b,c\nIt rains.,x,1\nIt snows.,x,1\nIt hails.,y,2\n",
            "which column holds the labels? The columns are 'a', 'b', 'c'; 'b' or 'c' may be it; "
            "name it with --label-column",
        ),
        (
            "text,b\nIt rains.,x\nIt snows.,x\n",
            "which column holds the labels? The columns are 'text', 'b'; none repeats a few short "
            "values; name it with --label-column",
        ),
        (
            "a,b\n1,x\n2,y\n",
            "no column holds texts; the columns are 'a', 'b'; see --text-column",
        ),
        (
            "The rain has not stopped for nine days now,wet\nIt snows.,cold\n",
            "'The rain has not stopped for nine days now' is no name of a column; the first row "
            "must hold the names of the columns",
        ),
        ("text,label\n", "holds no row"),
        ("", "holds no row"),
    ],
)
def test_what_cannot_be_told(
    complaints: Callable[..., list[str]], write: Write, content: str, message: str
):
    assert complaints(write("a.csv", content)) == [f"a.csv: {message}"]


def test_names_that_are_not_there(complaints: Callable[..., list[str]], take: Take, write: Write):
    path = write("a.csv", "text,label\nIt rains.,a\nIt snows.,b\n")
    assert complaints(path, text="sentence") == [
        "a.csv: no column 'sentence' for --text-column; the columns are 'text' or 'label'"
    ]
    with pytest.raises(FramelensError, match="--date-column 'day': no such metadata"):
        take(path, date="day")


def test_values_that_cannot_split(complaints: Callable[..., list[str]], write: Write):
    sound = "It rains.,a,2024-05-01,train\nIt pours.,b,2024-05-02,test\n"
    rows = f"It snows.,b,May 3,holdout\nIt hails.,b,,test\n{sound}"
    path = write("a.csv", f"text,label,day,part\n{rows}")
    assert complaints(path, date="day", split="part") == [
        "a.csv:2: part: 'holdout' is no part of a split; use 'train', 'training', 'dev', "
        "'development', 'val', 'valid', 'validation', 'test' or 'testing'",
        "a.csv:2: day: 'May 3' is no date like 2024-05-31",
        "a.csv:3: day: empty",
    ]


def test_what_cannot_be_split_is_left_out(take: Take, write: Write):
    rows = "It rains.,a,train\nIt snows.,b,holdout\nIt hails.,b,test\nIt pours.,a,\n"
    intake = take(write("a.csv", f"text,label,part\n{rows}"), split="part")
    assert len(intake.problems) == 2
    assert [document.text for document in intake.corpus] == ["It rains.", "It hails."]


def test_a_column_twice(complaints: Callable[..., list[str]], write: Write):
    path = write("a.csv", "text,note,note\nIt rains.,a,b\n")
    assert complaints(path) == ["a.csv:1: note: column stands twice in the header; rename one"]
