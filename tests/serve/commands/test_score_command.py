"""``framelens score``: what goes in and what comes out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import Document, DocumentResult, FramingClassifier
from framelens.serve.answers import answer
from framelens.serve.bulk import sinks
from framelens.serve.bulk.chunks import CHUNK_ROWS
from framelens.serve.models import LoadedModel
from framelens.serve.requests import ClassifyRequest

Run = Callable[..., Result]

TEXT = "We won the cup. “They broke every rule,” said Mara Tol.\nThe court sits on Monday."


def answers(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


pytestmark = pytest.mark.usefixtures("loaded")


def test_a_text_file_is_one_document(run: Run, tmp_path: Path):
    file = tmp_path / "news.txt"
    file.write_bytes(("\ufeff" + TEXT.replace("\n", "\r\n")).encode())
    result = run("score", file)
    assert (result.exit_code, result.stderr) == (0, "")
    [document] = answers(result)
    assert document["id"] == str(file)
    assert document["error"] is None
    text = TEXT.replace("\n", "\r\n")
    sentences = document["sentences"]
    assert [text[item["begin"] : item["end"]] for item in sentences] == [
        item["text"] for item in sentences
    ]
    assert sentences[-1]["text"] == "The court sits on Monday."


@pytest.mark.parametrize("evidence", [False, True])
def test_lines_are_what_the_service_answers(run: Run, loaded: FramingClassifier, evidence: bool):
    documents = [{"id": "a", "text": TEXT}, {"id": "b", "sentences": ["So it goes.", "We won."]}]
    lines = "\n".join(json.dumps(document) for document in documents)
    options = ["--evidence"] if evidence else []
    result = run("score", "--input-format", "jsonl", *options, stdin=lines)
    request = ClassifyRequest.model_validate(
        {
            "documents": [json.loads(line) for line in lines.split("\n")],
            "options": {"evidence": evidence},
        }
    )
    results = loaded.classify(request.to_documents(), evidence=evidence)
    model = LoadedModel(loaded)
    thresholds = model.thresholds_of(request)
    whole = answer(request, results, thresholds, model.basis(thresholds))
    expected = whole.model_dump()["documents"]
    assert answers(result) == expected
    assert (expected[0]["sentences"][0]["evidence"] is not None) == evidence


def test_the_threshold_for_review_is_chosen(run: Run):
    for threshold in ("0", "0.9", "1"):
        [document] = answers(run("score", "--review-below", threshold, stdin=TEXT))
        for item in document["sentences"]:
            assert item["review"] == (item["confidence"] < float(threshold))


def test_reads_the_json_lines_that_it_is_given(run: Run):
    lines = (
        '{"id": "a", "text": "We won."}\r\n\n'
        '{"id": 7, "sentences": ["We won. They lost.", "Then it rained."], "more": [1]}\n'
        '{"text": "We lost."}'
    )
    first, second, third = answers(run("score", "--input-format", "jsonl", stdin=lines))
    assert [first["id"], second["id"], third["id"]] == ["a", "7", "<stdin>:4"]
    assert [item["text"] for item in second["sentences"]] == [
        "We won. They lost.",
        "Then it rained.",
    ]


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".TSV", "\t")])
def test_reads_tables(run: Run, tmp_path: Path, suffix: str, separator: str):
    file = tmp_path / f"table{suffix}"
    rows = [("id", "text"), ("x", '"We won.\nThey said ""no""."'), ("y", "It rained.")]
    file.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    first, second = answers(run("score", file))
    assert (first["id"], second["id"]) == ("x", "y")
    assert [item["text"] for item in first["sentences"]] == ["We won.", 'They said "no".']


def test_columns_are_chosen_by_name(run: Run, tmp_path: Path):
    file = tmp_path / "table.csv"
    file.write_text("id,key,body\n1,k,We won.\n", encoding="utf-8")
    options = ("--text-column", "body", "--id-column", "key")
    [document] = answers(run("score", file, *options))
    assert document["id"] == "k"


def test_a_row_without_an_id_is_called_by_its_place(run: Run, tmp_path: Path):
    file = tmp_path / "table.csv"
    file.write_text('text\n"We won.\nTwice."\n\nThey lost.\n', encoding="utf-8")
    ids = [document["id"] for document in answers(run("score", file))]
    assert ids == [f"{file}:2", f"{file}:5"]


def test_a_field_may_be_longer_than_the_csv_module_likes(run: Run):
    table = f"text,note\nWe won.,{'x' * 200_000}\n"
    assert len(answers(run("score", "--input-format", "csv", stdin=table))) == 1


def test_several_files_of_several_formats(run: Run, tmp_path: Path):
    (tmp_path / "a.txt").write_text("We won.", encoding="utf-8")
    (tmp_path / "b.ndjson").write_text('{"id": "b", "text": "We lost."}', encoding="utf-8")
    result = run("score", tmp_path / "b.ndjson", "-", tmp_path / "a.txt", stdin="It rained.")
    ids = [document["id"] for document in answers(result)]
    assert ids == ["b", "<stdin>", str(tmp_path / "a.txt")]


def test_rows_without_a_result_are_told_of_and_the_others_have_one(run: Run, tmp_path: Path):
    lines = (
        '{"id": "a", "text": "We won."}\n{"id": "b", "text": " "}\n'
        '{"id": "c", "text": "We \\ud800 lost."}\n{"id": "d", "text": "It rained."}'
    )
    output = tmp_path / "out.jsonl"
    result = run("score", "-q", "--input-format", "jsonl", "--output", output, stdin=lines)
    written = output.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in written] == ["a", "d"]
    errors = (tmp_path / "out.jsonl.errors.jsonl").read_text(encoding="utf-8").splitlines()
    assert [
        (error["source"], error["line"], error["id"], error["reason"], error["row"]["text"])
        for error in map(json.loads, errors)
    ] == [
        ("<stdin>", 2, "b", "has no character that the model reads", " "),
        ("<stdin>", 3, "c", "character 3 is half of a surrogate pair", "We \ud800 lost."),
    ]
    assert result.stderr == "framelens: warning: 2 of 4 rows have no result\n"
    assert result.exit_code == 2


def test_the_output_goes_to_a_file(run: Run, tmp_path: Path):
    output = tmp_path / "out.jsonl"
    result = run("score", "--output", output, stdin="“Мы победили”, said İpek 🎉.")
    assert (result.exit_code, result.stdout) == (0, "")
    [line] = output.read_text(encoding="utf-8").splitlines()
    assert "“Мы победили”, said İpek 🎉." in line
    assert json.loads(line)["id"] == "<stdin>"


def test_a_file_name_need_not_be_unicode(run: Run, tmp_path: Path):
    file = tmp_path / os.fsdecode(b"d\xeda.txt")
    file.write_text(TEXT, encoding="utf-8")
    [document] = answers(run("score", file))
    assert document["id"] == f"{tmp_path}/d\ufffda.txt"


def test_what_comes_out_can_go_in_again(run: Run, tmp_path: Path):
    [document] = answers(run("score", stdin=TEXT))
    sentences = [item["text"] for item in document["sentences"]]
    again = json.dumps({"id": document["id"], "sentences": sentences}, ensure_ascii=False)
    [second] = answers(run("score", "--input-format", "jsonl", stdin=again))
    for got, wanted in zip(second["sentences"], document["sentences"], strict=True):
        assert got["text"] == wanted["text"]
        assert got["scores"] == pytest.approx(wanted["scores"], abs=1e-6)


def test_lines_are_written_while_later_ones_are_not_yet_read(
    run: Run, loaded: FramingClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source, output = tmp_path / "many.jsonl", tmp_path / "out.jsonl"
    count = 10 * CHUNK_ROWS
    lines = (json.dumps({"id": number, "text": "We won."}) for number in range(count))
    source.write_text("\n".join(lines), encoding="utf-8")
    written_before: list[int] = []

    def prepare(documents: Sequence[Document]) -> list[DocumentResult]:
        checkpoint = tmp_path / "out.jsonl.checkpoint"
        done = json.loads(checkpoint.read_text())["tally"]["rows"] if checkpoint.exists() else 0
        written_before.append(done)
        return [DocumentResult(document.id) for document in documents]

    monkeypatch.setattr(loaded, "prepare", prepare)
    monkeypatch.setattr(sinks, "CHECKPOINT_SECONDS", -1)
    assert run("score", source, "--output", output).exit_code == 0
    # Three chunks are in the queue of the engine before the first is waited for.
    assert written_before == [0, 0, *range(0, 8 * CHUNK_ROWS, CHUNK_ROWS)]
    written = output.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in written] == [str(n) for n in range(count)]
