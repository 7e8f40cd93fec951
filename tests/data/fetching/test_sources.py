"""The file of sources: what is read, and the place of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from framelens.data import DataError
from framelens.data.fetching import read_sources

Write = Callable[..., Path]

SEEDS = Path(__file__).parents[3] / "seeds"
COMMIT = "0123456789" * 4
SOUND = f"""
archive: https://example.org/{{repository}}/tar.gz/{{commit}}
corpora:
  wires:
    about: reports of a wire
    licence: none stated
    repository: ada/wires
    commits: [{COMMIT}]
    files: [data/*.txt]
    texts: file
    remove: ['^WIRE: ']
  letters: {{about: letters, licence: unknown, obtain: ask Ada}}
"""


def test_a_repository_at_a_commit_and_what_none_has(write: Write):
    sources = read_sources(write("corpora.yaml", SOUND))
    assert sources["wires"].archives == (f"https://example.org/ada/wires/tar.gz/{COMMIT}",)
    assert sources["wires"].files == ("data/*.txt",)
    assert sources["wires"].remove == ("^WIRE: ",)
    assert (sources["letters"].archives, sources["letters"].obtain) == ((), "ask Ada")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("archive:", "archives:", "archive: field is missing"),
        (COMMIT, "main", "corpora.wires.commits: expected the 40 hexadecimal digits of a commit"),
        ("texts: file", "texts: page", "corpora.wires.texts: unknown kind; use 'file', 'cells'"),
        ("['^WIRE: ']", "['(']", "corpora.wires.remove: not a regular expression: '('"),
        ("obtain: ask Ada", "ask: Ada", "corpora.letters.repository: field is missing"),
        ("[data/*.txt]", "[a, [b]]", "corpora.wires.files[1]: expected text, found a list"),
        ("{about: letters,", "x #", "corpora.letters: expected an object, found text"),
        ("[data/*.txt]", "data/*.txt", "corpora.wires.files: expected a list, found text"),
        ("licence: unknown", "licence: ''", "corpora.letters.licence: empty"),
    ],
)
def test_what_is_wrong_has_its_place(write: Write, old: str, new: str, expected: str):
    path = write("corpora.yaml", SOUND.replace(old, new, 1))
    with pytest.raises(DataError) as raised:
        read_sources(path)
    assert any(str(each).startswith(f"{path}: {expected}") for each in raised.value.problems), (
        raised.value
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [("- a\n", "expected archive and corpora"), ("a: [", "not a YAML file")],
)
def test_a_file_of_something_else(write: Write, content: str, message: str):
    with pytest.raises(DataError, match=message):
        read_sources(write("corpora.yaml", content))


def test_every_corpus_of_the_annotations_has_a_source():
    corpora = {
        json.loads(line)["corpus"]
        for path in (SEEDS / "annotations").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert read_sources(SEEDS / "corpora.yaml").keys() == corpora
