"""What is checked over several files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from framelens.data import check_corpora
from framelens.model.scheme import Scheme

Check: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def check(tmp_path: Path, scheme: Scheme) -> Check:
    def run(*paths: Path, test: Iterable[Path] = ()) -> list[str]:
        problems = check_corpora(paths, scheme, test_paths=test)
        return [str(problem).replace(f"{tmp_path}/", "") for problem in problems]

    return run


def test_nothing_wrong(write: Callable[..., Path], check: Check, entry: dict[str, Any]):
    train = write("a.csv", "text,label\nFog,s\nRain,r\n")
    assert check(train, test=[write("b.jsonl", [entry])]) == []


def test_what_cannot_be_read_is_reported_with_the_rest(
    write: Callable[..., Path], check: Check, entry: dict[str, Any]
):
    broken = entry | {"id": "tuesday", "sentences": [{"begin": 0, "end": 0, "label": "s"}]}
    assert check(write("a.jsonl", [entry, broken, entry])) == [
        "a.jsonl:2: sentences[0]: span 0:0 is empty",
        "a.jsonl:3: document id 'monday' stands also in a.jsonl:1",
        "a.jsonl:2: the text stands also in a.jsonl:1",
    ]


def test_one_class(write: Callable[..., Path], check: Check):
    one = write("one.csv", "text,label\nSun,s\nMore sun,sunny\n")
    two = write("two.csv", "text,label\nRain,r\nFog,s\n")
    fault = "one.csv: every sentence has the same label, 'sunny'"
    assert check(one, two) == [fault]
    assert check(two, test=[one]) == [fault]


def test_a_faulty_file_is_not_said_to_have_one_class(write: Callable[..., Path], check: Check):
    path = write("a.csv", "text,label\nSun,s\nRain,\n")
    assert check(path) == ["a.csv:3: label: empty"]


def test_the_same_text_twice(write: Callable[..., Path], check: Check, entry: dict[str, Any]):
    train = write("a.jsonl", [entry, entry | {"id": "tuesday"}])
    test = write("b.jsonl", [entry | {"id": "friday"}])
    assert check(train, test=[test]) == [
        "a.jsonl:2: the text stands also in a.jsonl:1",
        "b.jsonl:1: the text stands also in a.jsonl:1",
    ]


def test_leaks(write: Callable[..., Path], check: Check):
    rows = "document,text,label\nd,Sun,s\nd,It rains on the hill.,r\n"
    text = "Fog. IT rains  on the hill."
    spans = [{"begin": 0, "end": 4, "label": "s"}, {"begin": 5, "end": 27, "label": "r"}]
    documents = write("b.jsonl", [{"id": "x", "text": text, "sentences": spans}])
    table = write("a.csv", rows)
    assert check(table, test=[documents]) == [
        "a.csv:3: text: the sentence stands also in the test file, b.jsonl:1: sentences[1]"
    ]
    assert check(documents, test=[table]) == [
        "b.jsonl:1: sentences[1]: the sentence stands also in the test file, a.csv:3: text"
    ]
    assert check(table, documents) == []
