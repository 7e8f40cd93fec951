"""Rows of tables as documents with labelled sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framelens.data.intake import Intake
from framelens.model import FramelensError, Scheme

Write = Callable[..., Path]
Complaints = Callable[..., list[str]]


def test_rows_of_a_document_and_its_context(take: Callable[..., Intake], write: Write):
    path = write(
        "a.csv",
        "doc,position,text,label,outlet\n"
        "x,1, It rains. ,rainy,Post\n"
        "y,1,The sun shines.,sunny,Mail\n"
        "x,2,He looked up.,,Post\n"
        "x,3,It pours.,rainy,Post\n",
    )
    intake = take(path)
    first, second = intake.corpus
    assert (first.id, first.text) == ("x", "It rains.\nHe looked up.\nIt pours.")
    assert [first.text_of(each) for each in first.sentences] == ["It rains.", "It pours."]
    assert first.metadata == {"outlet": "Post"}
    assert second.metadata == {"position": "1", "outlet": "Mail"}
    assert intake.sources[0].notes == ("left out, since they differ within documents: position",)
    assert intake.scheme.leaf_names == ("rainy", "sunny")


def test_a_row_without_a_label_is_a_fault_where_it_is_no_context(
    complaints: Complaints, write: Write
):
    path = write("a.csv", "text,label\nIt rains.,rainy\nIt pours.,\n,sunny\nSun.,sunny\n")
    assert complaints(path) == [
        "a.csv:4: text: empty",
        "a.csv:3: label: empty: the sentence has no label",
    ]


def test_rows_that_are_none(complaints: Complaints, write: Write):
    path = write("a.csv", "text;label\nIt rains.;rainy\nIt; pours.;rainy\nSun.;sunny\n")
    assert complaints(path) == [
        "a.csv:3: 3 fields, but the header has 2; a field that holds the separator needs "
        "quotation marks"
    ]


@pytest.mark.parametrize(
    "cell", ["wet|cold", '["wet", "cold"]', "['wet', 'cold']", '{"choices": ["wet", "cold"]}']
)
def test_several_labels_in_a_field(sentences: Callable[..., Any], write: Write, cell: str):
    quoted = cell.replace('"', '""')
    path = write("a.csv", f'text,label\nSleet.,"{quoted}"\nRain.,wet\nA day.,\n')
    assert sentences(path) == [("Sleet.", "wet|cold"), ("Rain.", "wet"), ("A day.", "")]


def test_another_separator(sentences: Callable[..., Any], write: Write):
    path = write("a.csv", 'text,label\nSleet.,"wet, cold"\nRain.,wet\n')
    assert sentences(path, separator=",") == [("Sleet.", "wet|cold"), ("Rain.", "wet")]


def test_a_column_for_each_label(
    sentences: Callable[..., Any], complaints: Complaints, write: Write
):
    rows = "Sleet falls.,1,1\nRain falls.,1,0\nA day passes.,0,0\n"
    path = write("a.csv", f"text,wet,cold\n{rows}")
    expected = [("Sleet falls.", "wet|cold"), ("Rain falls.", "wet"), ("A day passes.", "")]
    assert sentences(path) == expected
    faulty = write("b.csv", f"text,wet,cold\n{rows}Snow falls.,2,1\n")
    assert complaints(faulty, label=("wet", "cold")) == ["b.csv:5: wet: expected 1 or 0, found '2'"]


def test_no_label_says_none_where_the_user_says_so(sentences: Callable[..., Any], write: Write):
    path = write("a.csv", "text,label\nSleet.,wet\nA day.,\n")
    assert sentences(path, multi_label=True, label="label") == [("Sleet.", "wet"), ("A day.", "")]


def test_annotators_in_rows(take: Callable[..., Intake], write: Write):
    path = write(
        "a.csv",
        "id,text,label,annotator\n"
        "1,It rains.,wet,ann\n1,It rains.,dry,bob\n1,It rains.,wet,cy\n"
        "2,Sun.,dry,ann\n2,Sun.,,bob\n"
        "3,Fog.,dry,ann\n3,Fog.,wet,bob\n",
    )
    rain, sun, fog = (document.sentences[0] for document in take(path).corpus)
    assert (rain.label, rain.votes, rain.annotators, rain.doubtful) == (
        "wet",
        ("wet", "dry", "wet"),
        ("ann", "bob", "cy"),
        False,
    )
    assert (sun.label, sun.votes) == ("dry", ())
    assert fog.doubtful


def test_an_annotator_who_labels_twice(complaints: Complaints, write: Write):
    path = write(
        "a.csv",
        "id,text,label,annotator\n1,It rains.,wet,ann\n1,It rains.,dry,ann\n2,Sun.,dry,bob\n",
    )
    assert complaints(path) == [
        "a.csv:3: annotator: 'ann' labels the sentence a second time, after a.csv:2"
    ]


def test_an_id_of_several_texts(complaints: Complaints, write: Write):
    rows = "1,It rains.,wet,ann\n1,The sun shines.,dry,bob\n2,Fog.,dry,ann\n2,Fog.,wet,bob\n"
    assert complaints(write("a.csv", f"id,text,label,annotator\n{rows}")) == [
        "a.csv:3: text: differs from that of a.csv:2, which has the same id"
    ]


@pytest.mark.parametrize("cell", ["wet;dry;wet", "wet|dry|wet"])
def test_votes_in_a_column(take: Callable[..., Intake], write: Write, cell: str):
    path = write("a.csv", f"text,votes\nIt rains.,{cell}\nThe sun shines.,dry|dry\n")
    rain, sun = (document.sentences[0] for document in take(path).corpus)
    assert (rain.label, rain.votes) == ("wet", ("wet", "dry", "wet"))
    assert (sun.label, sun.votes) == ("dry", ("dry", "dry"))


def test_documents_whose_names_begin_again_in_another_part(
    take: Callable[..., Intake], write: Write
):
    rows = "0,It rains.,a,train\n0,It snows.,b,train\n0,It hails.,b,test\n1,Fog.,a,test\n"
    intake = take(write("a.csv", f"doc,text,label,split\n{rows}"))
    assert [(each.id, each.text) for each in intake.corpus] == [
        ("train/0", "It rains.\nIt snows."),
        ("test/0", "It hails."),
        ("1", "Fog."),
    ]
    assert intake.sources[0].notes == (
        "1 names of documents stand in several parts, each as another",
    )


def test_ids_that_stand_twice(complaints: Complaints, write: Write):
    path = write("a.csv", "id,text,label\nx,It rains.,a\nx,It snows.,b\ny,It hails.,b\n")
    assert complaints(path) == [
        "a.csv:3: id 'x' stands also in a.csv:2; rename one, or name the column of the annotators "
        "with --annotator-column"
    ]


def test_labels_are_renamed(sentences: Callable[..., Any], take: Any, write: Write):
    path = write("a.csv", "text,label\nIt rains.,Wet\nIt pours.,wet\nSun.,0\n")
    assert sentences(path, rename={"Wet": "wet", "0": "dry"}) == [
        ("It rains.", "wet"),
        ("It pours.", "wet"),
        ("Sun.", "dry"),
    ]
    with pytest.raises(FramelensError, match="no label 'damp'; the labels are '0', 'Wet' or 'wet'"):
        take(path, rename={"damp": "wet"})


def test_a_scheme_knows_its_labels(
    sentences: Callable[..., Any], complaints: Complaints, write: Write, scheme: Scheme
):
    path = write("a.csv", "text,label\nIt rains.,r\nSun.,sunny\n")
    assert sentences(path, scheme=scheme) == [("It rains.", "rainy"), ("Sun.", "sunny")]
    path = write("b.csv", "text,label\nIt rains.,wet\nSun.,sunny\n")
    assert complaints(path, scheme=scheme) == [
        "b.csv:2: text: unknown label 'wet': 'weather' knows 'sunny', 'rainy', 'said_sunny', 's', "
        "'r' or 'qs'"
    ]


def test_one_label_tells_nothing_apart(complaints: Complaints, write: Write):
    path = write("a.csv", "text,label\nIt rains.,wet\nIt pours.,wet\n")
    (message,) = complaints(path, label="label")
    assert message.startswith("a.csv: every sentence has the same label, 'wet': there is nothing")


def test_no_label_at_all(complaints: Complaints, write: Write):
    path = write("a.csv", "text,label\nIt rains.,\nIt pours.,\n")
    (message,) = complaints(path, label="label", multi_label=True)
    assert message.startswith("a.csv: no labels: there is nothing to tell apart")


def test_no_label_that_the_scheme_knows(complaints: Complaints, write: Write, scheme: Scheme):
    *unknown, last = complaints(write("a.csv", "text,label\nIt rains.,wet\n"), scheme=scheme)
    assert [each.split(":")[1] for each in unknown] == ["2"]
    assert last == "a.csv: holds no labelled sentence"


def test_a_label_with_the_sign_between_labels(take: Callable[..., Intake], write: Write):
    path = write("a.csv", 'text,label\nSleet.,"wet|cold, grey"\nRain.,wet|cold\n')
    with pytest.raises(FramelensError, match=r"'wet\|cold' cannot be a name where multi_label"):
        take(path, separator=",")
