"""Exports of annotation tools: Label Studio, Argilla and brat."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from framelens.data.intake import Intake

Write = Callable[..., Path]
Complaints = Callable[..., list[str]]

TEXT = "🌧 It rains. The sun shines. Fog."


def task(number: int, text: str, *annotations: Mapping[str, Any], **data: str) -> dict[str, Any]:
    return {"id": number, "data": {"text": text, **data}, "annotations": list(annotations)}


def choice(who: int, *labels: str, **more: Any) -> dict[str, Any]:
    result = {"from_name": "weather", "type": "choices", "value": {"choices": list(labels)}}
    return {"completed_by": who, "result": [result], **more}


def marks(who: Any, *spans: tuple[int, int, str, str | None]) -> dict[str, Any]:
    results = [
        {
            "from_name": "marks",
            "type": "labels",
            "value": {"start": begin, "end": end, "labels": [label], "text": words},
        }
        for begin, end, label, words in spans
    ]
    return {"completed_by": who, "result": results}


def test_choices_of_label_studio(take: Callable[..., Intake], write: Write):
    tasks = [
        task(1, "It rains.", choice(7, "wet"), choice(8, "wet"), choice(9, "dry"), outlet="Post"),
        task(2, "The sun shines.", choice(7, "dry"), choice(8, "wet", was_cancelled=True)),
        task(3, "It pours.", choice(7, "dry"), choice(8, "wet", ground_truth=True)),
    ]
    intake = take(write("a.json", json.dumps(tasks)))
    assert [document.to_dict() for document in intake.corpus] == [
        {
            "id": "1",
            "text": "It rains.",
            "sentences": [
                {
                    "begin": 0,
                    "end": 9,
                    "label": "wet",
                    "votes": {"7": "wet", "8": "wet", "9": "dry"},
                }
            ],
            "metadata": {"outlet": "Post"},
        },
        {
            "id": "2",
            "text": "The sun shines.",
            "sentences": [{"begin": 0, "end": 15, "label": "dry"}],
        },
        {"id": "3", "text": "It pours.", "sentences": [{"begin": 0, "end": 9, "label": "wet"}]},
    ]


def test_marks_of_label_studio(take: Callable[..., Intake], write: Write):
    # Browsers count the emoji as two.
    one = marks({"id": 1, "email": "ann@example.org"}, (3, 12, "wet", "It rains."))
    other = marks(2, (3, 12, "wet", "It rains."), (13, 28, "dry", "The sun shines."))
    intake = take(write("a.json", json.dumps([task(1, TEXT, one, other)])))
    (document,) = intake.corpus
    first, second = document.sentences
    assert document.text_of(first) == "🌧 It rains."
    assert (first.label, first.votes) == ("wet", ("wet", "wet"))
    assert (first.annotators, first.doubtful) == (("ann@example.org", "2"), False)
    # Only one of them marked it.
    assert document.text_of(second) == "The sun shines."
    assert (second.label, second.votes, second.doubtful) == ("dry", (), True)


def test_tasks_that_cannot_be_read(complaints: Complaints, write: Write):
    tasks = [
        task(1, "It rains.", choice(7, "wet")),
        task(2, "It pours.", choice(7, "wet", was_cancelled=True)),
        task(3, "Sun.", choice(7, "dry")),
    ]
    assert complaints(write("a.json", json.dumps(tasks))) == [
        "a.json:2: annotations: nobody annotated this task, or all who did cancelled it"
    ]
    wrong = [task(1, TEXT, marks(1, (3, 99, "wet", None), (3, 12, "dry", "The sun")))]
    assert complaints(write("b.json", json.dumps(wrong)))[:2] == [
        "b.json:1: annotations: span 3:99 is not in the text",
        "b.json:1: annotations: marks 'The sun', but the text has 'It rains.' there",
    ]


def test_exports_that_lack_what_they_should_have(complaints: Complaints, write: Write):
    tasks = [
        task(1, "It rains.", choice(7, "wet")),
        {"id": 2, "annotations": [choice(7, "wet")]},
        {"id": 3, "data": "Sun.", "annotations": [choice(7, "dry")]},
        task(4, "Sun.", choice(7, "dry"), {"result": None}, {"result": 3}),
    ]
    assert complaints(write("a.json", json.dumps(tasks))) == [
        "a.json:2: data: field is missing",
        "a.json:3: data: expected an object, found text",
    ]
    records = [
        record("a", "It rains.", ("u1", "wet")),
        record("b", "Sun.", ("u1", "dry")) | {"metadata": None},
        record("c", "Fog.", ("u1", "dry")) | {"fields": "Fog."},
        record("d", "Hail.") | {"responses": {"weather": "wet"}},
        record("e", "Snow.") | {"responses": {"weather": [None, "wet"]}},
    ]
    assert complaints(write("b.json", json.dumps(records))) == [
        "b.json:3: fields: expected an object, found text",
        "b.json:4: responses.weather: nobody responded",
        "b.json:5: responses.weather: nobody responded",
    ]


def test_a_path_through_a_taxonomy_is_its_end(sentences: Callable[..., Any], write: Write):
    def path(*labels: object) -> dict[str, Any]:
        value = {"taxonomy": [list(labels)]}
        result = {"from_name": "weather", "type": "taxonomy", "value": value}
        return {"completed_by": 7, "result": [result]}

    tasks = [task(1, "It rains.", path("sky", "wet")), task(2, "Sun.", path("sky", "dry"))]
    assert sentences(write("a.json", json.dumps(tasks))) == [("It rains.", "wet"), ("Sun.", "dry")]
    tasks.append(task(3, "Fog.", path()))
    assert sentences(write("b.json", json.dumps(tasks)), multi_label=True)[2] == ("Fog.", "")


def test_questions_are_chosen(complaints: Complaints, sentences: Callable[..., Any], write: Write):
    both = choice(7, "wet")
    both["result"].append({"from_name": "mood", "type": "choices", "value": {"choices": ["sad"]}})
    other = choice(7, "dry")
    path = write("a.json", json.dumps([task(1, "It rains.", both), task(2, "Sun.", other)]))
    assert complaints(path) == [
        "a.json: the questions are 'weather' or 'mood'; name one with --label-column"
    ]
    assert sentences(path, label="weather") == [("It rains.", "wet"), ("Sun.", "dry")]
    assert complaints(path, label="sky") == ["a.json: no question 'sky'; use 'weather' or 'mood'"]


def record(number: str, text: str, *responses: tuple[str, Any]) -> dict[str, Any]:
    given = [{"user_id": who, "value": value} for who, value in responses]
    return {
        "id": number,
        "fields": {"text": text},
        "metadata": {"outlet": "Post"},
        "suggestions": {"weather": {"value": "dry", "score": None, "agent": "model"}},
        "responses": {"weather": given} if given else {},
        "vectors": {},
        "status": "completed",
    }


def test_records_of_argilla(take: Callable[..., Intake], complaints: Complaints, write: Write):
    records = [
        record("a", "It rains.", ("u1", "wet"), ("u2", "wet")),
        record("b", "The sun shines.", ("u1", "dry")),
        record("c", "Fog."),
    ]
    path = write("a.json", json.dumps(records))
    assert complaints(path) == ["a.json:3: responses.weather: nobody responded"]
    first, second = take(path).corpus
    assert (first.id, first.metadata) == ("a", {"outlet": "Post"})
    assert first.sentences[0].votes == ("wet", "wet")
    assert second.sentences[0].label == "dry"


def test_several_labels_and_spans_of_argilla(sentences: Callable[..., Any], write: Write):
    several = [record("a", "Sleet.", ("u1", ["wet", "cold"])), record("b", "Sun.", ("u1", ["dry"]))]
    assert sentences(write("a.json", json.dumps(several))) == [
        ("Sleet.", "cold|wet"),
        ("Sun.", "dry"),
    ]
    span = {"start": 0, "end": 8, "label": "wet"}
    spans = [
        record(
            "a",
            "It rains. He slept. It snows.",
            ("u1", [span, {**span, "start": 20, "end": 29, "label": "cold"}]),
        )
    ]
    path = write("b.json", json.dumps(spans))
    assert sentences(path) == [("It rains.", "wet"), ("It snows.", "cold")]
    assert sentences(path, rest="none")[1] == ("He slept.", "none")


def test_flat_records_of_argilla(take: Callable[..., Intake], write: Write):
    rows = [
        {
            "text": "It rains.",
            "weather.responses": ["wet", "dry", "wet"],
            "weather.suggestion": "dry",
        },
        {"text": "The sun shines.", "weather.responses": ["dry"], "weather.suggestion": "dry"},
    ]
    first, second = (document.sentences[0] for document in take(write("a.jsonl", rows)).corpus)
    assert (first.label, first.votes) == ("wet", ("wet", "dry", "wet"))
    assert second.label == "dry"


def test_folders_of_brat(take: Callable[..., Intake], write: Write, tmp_path: Path):
    write("brat/a.txt", "It rains. The sun shines.\nHe slept.\n")
    write(
        "brat/a.ann",
        "T1\twet 0 8\tIt rains\nT2\tdry 14 17;18 24\tsun shines\nA1\tsure T1\n#1\tNote T1\twell\n",
    )
    write("brat/b.txt", "Nothing here.")
    write("brat/b.ann", "")
    intake = take(tmp_path / "brat")
    (document,) = intake.corpus
    assert document.id == "a"
    assert [(document.text_of(each), each.label) for each in document.sentences] == [
        ("It rains.", "wet"),
        ("The sun shines.", "dry"),
    ]
    assert intake.unlabelled == 1
    assert len(take(tmp_path / "brat", rest="none").corpus) == 2


def test_several_marks_in_a_sentence(sentences: Callable[..., Any], write: Write, tmp_path: Path):
    write("brat/a.txt", "Rain and wind. Calm.")
    write("brat/a.ann", "T1\twet 0 4\tRain\nT2\twind 9 13\twind\n")
    assert sentences(tmp_path / "brat") == [("Rain and wind.", "wet|wind"), ("Calm.", "")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("T1 wet 0 8", "a.ann:2: no annotation such as 'T1<tab>Label 0 5<tab>words'"),
        (
            "T1\twet 0 99\tIt",
            "a.ann:2: T1: span 0:99 is empty or out of range: the text has 20 characters",
        ),
        ("T1\twet 0 2\tHe", "a.ann:2: T1: marks 'He', but the text has 'It' there"),
    ],
)
def test_faulty_lines_of_brat(
    complaints: Complaints, write: Write, tmp_path: Path, line: str, message: str
):
    write("brat/a.txt", "It rains. It freezes")
    write("brat/a.ann", f"T2\tcold 10 20\tIt freezes\n{line}\nT3\twet 0 9\tIt rains.\n")
    assert complaints(tmp_path / "brat") == [f"brat/{message}"]


def test_annotations_without_a_text(complaints: Complaints, write: Write, tmp_path: Path):
    write("brat/a.ann", "T1\twet 0 2\tIt\n")
    assert complaints(tmp_path / "brat") == [
        "brat/a.txt: cannot read the file: No such file or directory"
    ]
