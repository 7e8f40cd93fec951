"""An artefact goes to a hub that stands on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from framelens.model import Artefact
from framelens.training import hub

from .fake_hub import TOKEN, Hub

# huggingface_hub's, which uploads files as httpx2 would rather not have it.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A running hub, and the token for it."""
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server
        server.shutdown()
        thread.join()


def test_every_file_of_the_model_arrives(served: Hub, exported: Path):
    (exported / "notes.txt").write_text("Not part of the model.", encoding="utf-8")
    try:
        address = hub.push(Artefact.load(exported), "ada/frames", private=True)
    finally:
        (exported / "notes.txt").unlink()
    assert address == f"{served.address}/ada/frames/commit/1"
    assert served.summary == "small 1.0.0"
    assert served.repositories["ada/frames"]["visibility"] == "private"
    here = {str(path.relative_to(exported)): path for path in exported.rglob("*.*")}
    assert served.files == {name: path.read_bytes() for name, path in here.items()}
    assert {*served.objects.values()} >= {(exported / "onnx" / "model.onnx").read_bytes()}


def test_what_arrived_is_the_artefact(served: Hub, exported: Path, tmp_path: Path):
    hub.push(Artefact.load(exported), "ada/frames")
    hub.push(Artefact.load(exported), "ada/frames")
    for name, content in served.files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert Artefact.load(tmp_path).manifest == Artefact.load(exported).manifest


def test_who_may_not_write_is_told_how_to_log_in(
    served: Hub, exported: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "hf_of_another")
    with pytest.raises(hub.HubError, match=r"ada/frames: .*401.*hf auth login"):
        hub.push(Artefact.load(exported), "ada/frames")


@pytest.mark.usefixtures("served")
def test_a_name_that_is_none(exported: Path):
    with pytest.raises(hub.HubError, match=r"ada/frames/new: .*[Rr]epo"):
        hub.push(Artefact.load(exported), "ada/frames/new")


def test_no_hub_there(served: Hub, exported: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(hub.HubError, match=r"http://127.0.0.1:9: ada/frames: "):
        hub.push(Artefact.load(exported), "ada/frames")
