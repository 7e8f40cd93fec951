"""Runs of ``framelens score`` that come to no end, and the runs that go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.serve.bulk import chunks, scorer

Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("loaded")

ROWS = 12
LINES = "\n".join(
    json.dumps({"id": n, "text": "" if n in (5, 9) else f"It rained on day {n}."})
    for n in range(ROWS)
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 2)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(LINES, encoding="utf-8")
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder / "out.csv"


def rows_done(output: Path) -> int:
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    rows: int = json.loads(checkpoint.read_text())["tally"]["rows"]
    return rows


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


COMPLETE = {"out.csv", "out.csv.errors.jsonl", "out.csv.manifest.json"}


def test_too_many_errors_end_a_run_and_more_of_them_let_it_go_on(
    run: Run, source: Path, output: Path
):
    stopped = run("score", source, "--output", output, "--max-errors", 0)
    message = "1 of 6 rows have no result, more than --max-errors 0"
    assert stopped.stderr == f"framelens: error: {message}\n"
    assert (stopped.exit_code, rows_done(output)) == (3, 6)
    assert run("score", source, "--output", output, "--max-errors", 1).exit_code == 3
    assert rows_done(output) == 10
    assert run("score", source, "--output", output, "--max-errors", 2).exit_code == 2
    assert names(output.parent) == COMPLETE
    whole = output.read_bytes()
    output.unlink()
    assert run("score", source, "--output", output).exit_code == 2
    assert output.read_bytes() == whole


def test_too_many_errors_on_standard_output(run: Run):
    result = run("score", "--input-format", "jsonl", "--max-errors", 0, stdin=LINES)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == list("01234")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[0].startswith("framelens: warning: <stdin>:6: ")


def test_standard_input_goes_on_where_it_is_the_same(run: Run, output: Path):
    command = ("score", "--input-format", "jsonl", "--output", output)
    assert run(*command, "--max-errors", 0, stdin=LINES).exit_code == 3
    other = run(*command, stdin=LINES.replace("day 1.", "day 100."))
    assert other.exit_code == 1
    changed = "the input has changed: its first 6 rows are not those that were scored"
    assert changed in other.stderr
    assert run(*command, stdin=LINES).exit_code == 2
    assert names(output.parent) == COMPLETE


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (["--explode"], "output.explode was False, is True"),
        (["--review-below", "0.5"], "thresholds was 'default@"),
        (["--text-column", "text", "--id-column", "id"], "columns.id was None, is 'id'"),
    ],
)
def test_another_job_is_refused_unless_it_is_to_start_anew(
    run: Run, source: Path, output: Path, options: list[str], difference: str
):
    assert run("score", source, "--output", output, "--max-errors", 0).exit_code == 3
    refused = run("score", source, "--output", output, *options)
    assert refused.exit_code == 1
    assert f"{output}.checkpoint: is of a job that differs: {difference}" in refused.stderr
    assert rows_done(output) == 6
    assert run("score", source, "--output", output, *options, "--restart").exit_code == 2
    assert names(output.parent) == COMPLETE


def test_an_input_that_has_grown_is_another_one(run: Run, source: Path, output: Path):
    assert run("score", source, "--output", output, "--max-errors", 0).exit_code == 3
    source.write_text(f"{LINES}\n{LINES}", encoding="utf-8")
    refused = run("score", source, "--output", output)
    size = len(LINES)
    assert f"inputs[0].size was {size}, is {2 * size + 1}" in refused.stderr


def test_an_interruption_keeps_what_is_done(
    run: Run, source: Path, output: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = scorer.ChunkScorer.results

    def interrupted(*arguments: object) -> object:
        for number, results in enumerate(whole(*arguments)):  # type: ignore[arg-type]
            if number == 3:
                raise KeyboardInterrupt
            yield results

    with monkeypatch.context() as patched:
        patched.setattr(scorer.ChunkScorer, "results", interrupted)
        result = run("score", source, "--output", output)
        assert result.stderr == "framelens: interrupted at row 6; the same command goes on\n"
        assert (result.exit_code, rows_done(output)) == (130, 6)
        streamed = run("score", source)
        assert streamed.stderr.endswith("framelens: interrupted at row 6\n")
        assert streamed.exit_code == 130
    assert run("score", source, "--output", output).exit_code == 2
    assert names(output.parent) == COMPLETE


def test_a_link_stays_one(run: Run, source: Path, output: Path):
    output.touch()
    link = source.with_name("link.csv")
    link.symlink_to(output)
    assert run("score", source, "--output", link).exit_code == 2
    assert link.is_symlink()
    assert names(output.parent) == COMPLETE


@pytest.mark.parametrize("place", ["/dev/null", "/dev"])
def test_only_a_file_is_replaced(run: Run, source: Path, place: str):
    result = run("score", source, "--output", place)
    advice = "is no file; leave --output out for standard output"
    assert result.stderr == f"framelens: error: --output {place}: {advice}\n"
    assert result.exit_code == 1


def test_the_errors_of_an_earlier_run_are_not_read_as_input(run: Run, source: Path, tmp_path: Path):
    output = tmp_path / "out.jsonl"
    assert run("score", source, "--output", output).exit_code == 2
    output.unlink()
    result = run("score", tmp_path, "--output", output)
    assert result.exit_code == 1
    assert f"{output}.errors.jsonl: is read as well; write to another file" in result.stderr


def test_an_address_gets_the_files_of_a_complete_run(
    run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(source.parent)
    store = tmp_path / "store"
    command = ("score", source, "--output", f"file://{store}/month/out.csv")
    assert run(*command, "--max-errors", 0).exit_code == 3
    assert rows_done(Path("out.csv")) == 6
    assert not store.exists()
    store.write_text("no folder")
    assert run(*command).exit_code == 1
    assert rows_done(Path("out.csv")) == ROWS
    store.unlink()
    assert run(*command).exit_code == 2
    assert names(store / "month") == COMPLETE
    assert names(tmp_path) >= COMPLETE
    for name in COMPLETE:
        assert (store / "month" / name).read_bytes() == Path(name).read_bytes()
