"""``framelens serve``: the address it listens on, and what it hands to the server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import Result

from framelens.model import FramingClassifier
from framelens.serve import server

Run = Callable[..., Result]


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


def test_a_port_that_cannot_be(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--port", "65536")
    assert "--port" in result.stderr
    assert (result.exit_code, served) == (2, [])


def test_unknown_model(run: Run, served: list[tuple[Any, ...]]):
    result = run("serve", "--model", "nothing-here", "--port", "0")
    assert result.stderr.startswith("framelens: error: nothing-here: no artefact here")
    assert (result.exit_code, served) == (1, [])
