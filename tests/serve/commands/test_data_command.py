"""``framelens data check``: problems by their place, or what the files hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

SCHEME = "name: weather\nlabels: {sunny: {}, rainy: {}}\n"


@pytest.fixture
def scheme(tmp_path: Path) -> Path:
    path = tmp_path / "weather.yaml"
    path.write_text(SCHEME, encoding="utf-8")
    return path


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_text("text,label\nThe sun shines.,sunny\nIt pours.,rainy\nIt pours down.,rainy\n")
    return path


def test_sound_files_are_counted(run: Run, scheme: Path, train: Path, tmp_path: Path):
    test = tmp_path / "test.tsv"
    test.write_text("text\tlabel\nNot a cloud.\tsunny\nIt drizzles.\trainy\n")
    result = run("data", "check", train, "--scheme", scheme, "--test", test)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["train", "test"],
        ["files", "1", "1"],
        ["documents", "3", "2"],
        ["sentences", "3", "2"],
        ["sunny", "1", "1"],
        ["rainy", "2", "1"],
    ]


def test_names_in_square_brackets_are_no_markup(run: Run, tmp_path: Path):
    scheme, data = tmp_path / "scheme.yaml", tmp_path / "data.csv"
    scheme.write_text("name: odd\nlabels: {'[bold]': {}, '[/x]': {}}\n", encoding="utf-8")
    data.write_text("text,label\nIt rains.,[bold]\nIt pours.,[/x]\n", encoding="utf-8")
    result = run("data", "check", data, "--scheme", scheme)
    assert result.exit_code == 0, result.output
    assert ["[bold]", "1"] in [line.split() for line in result.stdout.splitlines()]
    assert ["[/x]", "1"] in [line.split() for line in result.stdout.splitlines()]


def test_problems_stand_one_on_a_line(run: Run, scheme: Path, train: Path, tmp_path: Path):
    faulty = tmp_path / "faulty.jsonl"
    sentences = [
        {"begin": 0, "end": 9, "label": "snowy"},
        {"begin": 5, "end": 99, "label": "rainy"},
    ]
    line = json.dumps({"id": "a", "text": "It rains.", "sentences": sentences})
    faulty.write_text(f"{line}\nnot json\n", encoding="utf-8")
    result = run("data", "check", train, faulty, "--scheme", scheme)
    assert result.exit_code == 1
    problems = result.stdout.splitlines()
    assert problems[0].startswith(f"{faulty}:1: sentences[0].label: unknown label 'snowy'")
    assert problems[1].startswith(f"{faulty}:1: sentences[1]: span 5:99 is out of range")
    assert problems[2].startswith(f"{faulty}:2: not JSON")
    assert len(problems) == 3


def test_sentences_in_train_and_test(run: Run, scheme: Path, train: Path, tmp_path: Path):
    test = tmp_path / "test.csv"
    text = "The sun shines on all of us."
    for path in (train, test):
        path.write_text(f"text,label\n{text},sunny\n{path.name} pours.,rainy\n")
    result = run("data", "check", train, "--scheme", scheme, "--test", test)
    assert result.exit_code == 1
    assert f"{train}:2: text: the sentence stands also in the test file, {test}:2" in result.stdout


def test_texts_of_standoff_annotations(run: Run, scheme: Path, tmp_path: Path):
    text = "The sun shines. It pours."
    annotations = tmp_path / "annotations.jsonl"
    entry = {
        "corpus": "c",
        "doc_id": "1",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "sentences": [
            {"start": 0, "end": 15, "code": "sunny"},
            {"start": 16, "end": 25, "code": "rainy"},
        ],
    }
    annotations.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    texts = tmp_path / "texts"
    texts.mkdir()
    content = {"corpus": "c", "doc_id": "1", "text": text}
    (texts / "c.jsonl").write_text(json.dumps(content) + "\n", encoding="utf-8")
    options = ("--scheme", scheme)
    assert run("data", "check", annotations, *options).exit_code == 1
    assert run("data", "check", annotations, *options, "--texts", texts).exit_code == 0


def test_the_scheme_is_that_of_the_shipped_model(run: Run, train: Path):
    result = run("data", "check", train)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{train}:2: label: unknown label 'sunny'")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the scheme: No such file or directory"),
        ("name: [", "not a YAML file"),
        ("name: x\nlabels: {a: {}}", "labels: a scheme needs at least two labels"),
    ],
)
def test_faulty_schemes(run: Run, train: Path, tmp_path: Path, content: str | None, message: str):
    path = tmp_path / "scheme.yaml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = run("data", "check", train, "--scheme", path)
    assert result.stderr.startswith(f"framelens: error: {path}: {message}")
    assert (result.exit_code, result.stdout) == (1, "")


def test_the_parts_of_a_run_are_written(run: Run, scheme: Path, tmp_path: Path):
    entry = {"sentences": [{"begin": 0, "end": 9, "label": "rainy"}]}
    data, settings, out = (tmp_path / name for name in ("data.jsonl", "train.yaml", "parts"))
    lines = [
        {"id": f"{n}", "text": f"It rains, {n}.", "metadata": {"outlet": f"{n % 5}"}} | entry
        for n in range(50)
    ]
    data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    chosen = "split: grouped\nsplit_by: outlet\nheld_out: 0.2\n"
    settings.write_text(f"data: [{data}]\noutput: model\nscheme: {scheme}\n{chosen}")
    result = run("data", "split", "--settings", settings, "--out", out)
    assert result.stdout.splitlines() == [
        f"wrote {out / 'train.jsonl'}: 40 documents",
        f"wrote {out / 'dev.jsonl'}: 10 documents",
    ]
    (outlets,) = {
        json.loads(line)["metadata"]["outlet"]
        for line in (out / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    }
    assert f'"outlet": "{outlets}"' not in (out / "train.jsonl").read_text(encoding="utf-8")
    again = run("data", "split", "--settings", settings, "--out", out)
    assert again.exit_code == 1
    assert f"out: {out} exists; name a new folder or remove it" in again.stderr
