"""``framelens serve --jobs``: what it hands to the server of jobs and callbacks."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from framelens.serve import server
from framelens.serve.jobs import CallbackSettings

Run = Callable[..., Result]

SECRETS = [f"whsec_{base64.b64encode(each * 32).decode()}" for each in (b"a", b"b")]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the server was started with, which it is not."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(server, "run", lambda *_, **given: calls.append(given))
    monkeypatch.delenv("FRAMELENS_CALLBACK_SECRET", raising=False)
    return calls


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("options", "hours"), [((), None), (("--jobs",), 24), (("--jobs", "--keep-jobs", "2.5"), 2.5)]
)
def test_jobs_are_kept_for_a_day_where_they_are_taken(
    run: Run, served: list[dict[str, Any]], database: str, options: tuple[str, ...], hours: float
):
    assert run("serve", "--port", "0", "--database", database, *options).exit_code == 0
    [given] = served
    assert given["store"].policy.keep_jobs_hours == hours
    assert given["callbacks"] == (CallbackSettings() if hours else None)


@pytest.mark.usefixtures("loaded")
def test_callbacks_are_signed_with_the_secrets_of_a_file(
    run: Run, served: list[dict[str, Any]], database: str, tmp_path: Path
):
    file = tmp_path / "secrets"
    file.write_text("\n".join(SECRETS), encoding="utf-8")
    options = ["--callback-secret", file, "--callback-allow", "Intern.test"]
    options += ["--callback-allow", "[::1]"]
    assert run("serve", "--port", "0", "--database", database, "--jobs", *options).exit_code == 0
    hosts = frozenset({"intern.test", "::1"})
    assert served[0]["callbacks"] == CallbackSettings((b"a" * 32, b"b" * 32), hosts)


@pytest.mark.usefixtures("loaded")
def test_or_with_those_of_a_variable(
    run: Run, served: list[dict[str, Any]], database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FRAMELENS_CALLBACK_SECRET", SECRETS[0])
    assert run("serve", "--port", "0", "--database", database, "--jobs").exit_code == 0
    assert served[0]["callbacks"] == CallbackSettings((b"a" * 32,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--jobs"], "--jobs needs --database URL"),
        (["--keep-jobs", "3"], "--keep-jobs needs --jobs"),
        (["--callback-secret", "file"], "--callback-secret needs --jobs"),
        (["--callback-allow", "host"], "--callback-allow needs --jobs"),
        (
            ["--jobs", "--callback-allow", "host:80"],
            "--callback-allow: 'host:80' must be a host, without port or path",
        ),
        (["--jobs", "--callback-secret", "/nowhere"], "/nowhere: No such file or directory"),
    ],
)
def test_options_that_do_not_fit(
    run: Run, served: list[dict[str, Any]], options: list[str], message: str
):
    result = run("serve", "--port", "0", *options)
    assert result.stderr == f"framelens: error: {message}\n"
    assert (result.exit_code, served) == (1, [])


def test_a_secret_that_is_none_is_not_repeated(
    run: Run, served: list[dict[str, Any]], database: str, tmp_path: Path
):
    file = tmp_path / "secrets"
    file.write_text("hunter2", encoding="utf-8")
    options = ["--database", database, "--jobs", "--callback-secret", file]
    result = run("serve", "--port", "0", *options)
    assert result.stderr.startswith(f"framelens: error: {file}: line 1: must be whsec_")
    assert "hunter2" not in result.stderr
    assert served == []
