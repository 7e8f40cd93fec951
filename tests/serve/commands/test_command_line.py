"""The command line as a whole, and as a process."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import FramingClassifier

Run = Callable[..., Result]

COMMAND = [sys.executable, "-m", "framelens.serve.commands"]


def process(
    *arguments: object, stdin: bytes = b"", **env: str
) -> subprocess.CompletedProcess[bytes]:
    words = [str(argument) for argument in arguments]
    environment = {**os.environ, **env}
    return subprocess.run(
        [*COMMAND, *words], input=stdin, capture_output=True, check=False, env=environment
    )


def test_help_lists_the_commands(run: Run):
    for arguments in ((), ("--help",), ("-h",)):
        result = run(*arguments)
        assert all(name in result.output for name in ("score", "info", "serve", "data"))
        assert "completion" not in result.output
    assert run("--help").exit_code == 0


@pytest.mark.parametrize("command", [["score"], ["info"], ["serve"], ["data", "check"]])
def test_every_command_has_help(run: Run, command: Sequence[str]):
    result = run(*command, "-h")
    assert result.exit_code == 0
    assert f"Usage: root {' '.join(command)}" in result.stdout


def test_version(run: Run):
    assert run("--version").stdout == f"framelens {version('framelens')}\n"


@pytest.mark.parametrize(
    "arguments",
    [["juggle"], ["score", "--juggle"], ["score", "--format", "xml"], ["data", "check"]],
)
def test_usage_errors(run: Run, arguments: Sequence[str]):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr


def test_help_loads_nothing_heavy():
    heavy = {"fastapi", "openvino", "pydantic", "torch", "transformers", "uvicorn"}
    script = "import sys, framelens.serve.commands; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert not heavy & set(loaded)


def test_faults_of_the_system_are_one_line(run: Run, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FramingClassifier, "load", full)
    result = run("score", stdin="We won.")
    assert result.stderr == "framelens: error: [Errno 28] No space left on device\n"
    assert result.exit_code == 1


def test_the_process_scores(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_text("“Победа”, they wrote. It rained.", encoding="utf-8")
    result = process("score", file, PYTHONIOENCODING="latin-1")
    assert (result.returncode, result.stderr) == (0, b"")
    document = json.loads(result.stdout)
    assert [item["text"] for item in document["sentences"]] == [
        "“Победа”, they wrote.",
        "It rained.",
    ]


def test_the_process_names_what_is_wrong(tmp_path: Path):
    result = process("score", "--input-format", "jsonl", stdin=b'{"text": "We won."}\n{"text": }\n')
    assert result.stderr.splitlines() == [
        b"framelens: warning: <stdin>:2: not JSON: Expecting value at character 10",
        b"framelens: warning: 1 of 2 rows have no result",
    ]
    assert (result.returncode, result.stdout.count(b"\n")) == (2, 1)


def test_a_file_name_need_not_be_unicode(tmp_path: Path):
    file = tmp_path / os.fsdecode(b"d\xeda.csv")
    file.write_text("text,label\nWe won.,won\n", encoding="utf-8")
    result = process("data", "check", file, PYTHONIOENCODING="utf-8:strict")
    assert result.stdout.startswith(f"{tmp_path}/d\\udceda.csv:2: label: unknown label".encode())
    assert result.returncode == 1


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path):
    file = tmp_path / "many.jsonl"
    file.write_text('{"text": "We won."}\n' * 2_000, encoding="utf-8")
    with subprocess.Popen(
        [*COMMAND, "score", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert json.loads(running.stdout.readline())["id"] == f"{file}:1"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 1


def test_a_terminal_gets_a_table():
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    subprocess.run(
        [*COMMAND, "score"], input=b"We won.", stdout=theirs, env=environment, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "<stdin>" in shown
    assert "1 document, 1 sentence: " in shown
    assert "\x1b[" in shown
