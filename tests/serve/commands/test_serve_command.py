"""``framelens serve``: the address it listens on, and what it hands to the server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from framelens.model import FramingClassifier
from framelens.serve import server
from framelens.serve.access.exposure import Exposure

Run = Callable[..., Result]

EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the server was started with, which it is not."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(server, "run", lambda *given, store, **_: calls.append((*given, store)))
    return calls


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_serves_the_model_on_this_machine_only(
    run: Run,
    served: list[tuple[Any, ...]],
    loaded: FramingClassifier,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("framelens.serve.commands.serve._check_address", lambda *_: None)
    assert run("serve").exit_code == 0
    [(models, *address)] = served
    assert [model.classifier for model in models] == [loaded]
    assert address == [server.HOST, server.PORT, None]
    assert server.HOST == "127.0.0.1"


@pytest.mark.usefixtures("loaded")
def test_host_and_port_are_options(run: Run, served: list[tuple[Any, ...]]):
    assert run("serve", "--host", "localhost", "--port", "0").exit_code == 0
    assert served[0][1:] == ("localhost", 0, None)


def test_a_port_in_use(run: Run, served: list[tuple[Any, ...]], taken_port: int):
    result = run("serve", "--port", taken_port)
    place = f"127.0.0.1 port {taken_port}"
    assert result.stderr == f"framelens: error: cannot listen on {place}: Address already in use\n"
    assert (result.exit_code, served) == (1, [])


@pytest.mark.parametrize("host", ["203.0.113.7", "::7"])
def test_an_address_of_another_machine(run: Run, served: list[tuple[Any, ...]], host: str):
    result = run("serve", "--host", host, "--port", "0")
    assert result.stderr.startswith(f"framelens: error: cannot listen on {host} port 0: ")
    assert (result.exit_code, served, result.stderr.count("\n")) == (1, [], 1)


def test_without_keys_nobody_elsewhere_is_served(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--host", EVERYWHERE, "--port", "0", "--model", "nothing-here")
    assert result.stderr == (
        "framelens: error: --host 0.0.0.0 can be reached from elsewhere, which needs --keys; "
        "without keys listen on 127.0.0.1\n"
    )
    assert (result.exit_code, served) == (1, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", EVERYWHERE])
@pytest.mark.usefixtures("loaded")
def test_with_keys_every_address_will_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
):
    given: dict[str, Any] = {}
    monkeypatch.setattr(server, "run", lambda *_, **options: given.update(options))
    database = f"sqlite:///{tmp_path / 'keys.db'}"
    words = ("--host", host, "--port", "0", "--keys", "--database", database, "--page")
    assert run("serve", *words, "--cors", "https://a.example").exit_code == 0
    assert given["exposure"] == Exposure(keys=True, page=True, cors=("https://a.example",))


def test_keys_need_a_database(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--keys", "--port", "0", "--model", "nothing-here")
    assert result.stderr == "framelens: error: --keys needs --database URL\n"
    assert (result.exit_code, served) == (1, [])


@pytest.mark.parametrize("origin", ["example.org", "https://example.org/", "null", "https://A.b"])
def test_what_is_no_origin(run: Run, served: list[tuple[Any, ...]], origin: str):
    result = run("serve", "--port", "0", "--cors", origin)
    assert result.stderr.startswith(f"framelens: error: --cors {origin}: must be * or ")
    assert (result.exit_code, served) == (1, [])


def test_a_port_that_cannot_be(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--port", "65536")
    assert "--port" in result.stderr
    assert (result.exit_code, served) == (2, [])


def test_unknown_model(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--model", "nothing-here", "--port", "0")
    assert result.stderr.startswith("framelens: error: nothing-here: no artefact here")
    assert (result.exit_code, served) == (1, [])


def test_a_models_folder_that_is_none(run: Run, served: list[tuple[Any, ...]], tmp_path: Path):
    result = run("serve", "--port", "0", "--models-folder", tmp_path / "none")
    place = f"--models-folder: {tmp_path / 'none'}"
    assert result.stderr == f"framelens: error: {place}: there is no such folder\n"
    assert (result.exit_code, served) == (1, [])


@pytest.mark.usefixtures("loaded")
def test_models_folder_and_traces_are_handed_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    given: dict[str, Any] = {}
    monkeypatch.setattr(server, "run", lambda *_, **options: given.update(options))
    assert run("serve", "--port", "0").exit_code == 0
    assert given["models_folder"] is given["tracing"] is None
    assert run("serve", "--port", "0", "--models-folder", tmp_path, "--otel").exit_code == 0
    assert given["models_folder"].names() == []
    given["tracing"].shutdown()


def test_traces_by_another_protocol(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--port", "0", "--otel", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    place = "OTEL_EXPORTER_OTLP_PROTOCOL: the protocol must be http/protobuf"
    assert result.stderr == f"framelens: error: {place}\n"
    assert (result.exit_code, served) == (1, [])
