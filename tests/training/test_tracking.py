"""What is tracked, by what, and where it stays."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from framelens.model import Scheme
from framelens.training import tracking
from framelens.training.fine_tuning import train
from framelens.training.provenance import provenance
from framelens.training.settings import SettingsError, TrainSettings
from framelens.training.tracking import choose_tracking, tracking_callbacks

SEEDS = Path(__file__).parents[2] / "seeds"


def settings(output: Path, **changes: object) -> TrainSettings:
    values: dict[str, object] = {
        "data": [SEEDS / "documents" / "opinion.jsonl"],
        "scheme": SEEDS / "schemes" / "framing.yaml",
        "output": output,
        "epochs": 1,
        "device": "cpu",
    }
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "installed", "chosen"),
    [
        ("auto", [], "none"),
        ("auto", ["wandb", "mlflow", "tensorboard"], "none"),
        ("auto", ["wandb", "trackio"], "trackio"),
        ("none", ["trackio"], "none"),
        ("wandb", ["wandb", "trackio"], "wandb"),
    ],
)
def test_nothing_tracks_by_itself_but_trackio(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, installed: list[str], chosen: str
):
    monkeypatch.setattr(tracking, "get_available_reporting_integrations", lambda: installed)
    assert choose_tracking(settings(tmp_path / "model", tracking=name)) == chosen


def test_what_is_not_installed_is_refused_before_the_data_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tracking, "get_available_reporting_integrations", lambda: ["trackio"])
    chosen = settings(tmp_path / "model", tracking="mlflow", data=[tmp_path / "none.csv"])
    with pytest.raises(SettingsError, match="tracking: 'mlflow' is not installed: pip install mlf"):
        train(chosen, Console(quiet=True))


def test_off_is_off(tmp_path: Path):
    assert tracking_callbacks(settings(tmp_path / "model", tracking="none")) == []


def test_what_tracks_a_run_does_not_decide_the_model(tmp_path: Path):
    scheme = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")
    facts = [
        provenance(settings(tmp_path / "model", tracking=name), scheme)
        for name in ("none", "tensorboard")
    ]
    assert facts[0] == facts[1]


def test_tensorboard_has_a_folder_beside_the_model(tiny_base: Path, tmp_path: Path):
    pytest.importorskip("tensorboard")
    train(
        settings(tmp_path / "model", base=str(tiny_base), tracking="tensorboard"),
        Console(quiet=True),
    )
    assert {path.name for path in tmp_path.iterdir()} == {"model", "model.logs"}
    assert any((tmp_path / "model.logs").iterdir())


def test_trackio_keeps_the_curves_on_this_machine(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip("trackio")
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    train(settings(tmp_path / "model", base=str(tiny_base), name="stance"), Console(quiet=True))
    (path,) = (tmp_path / "trackio").glob("stance*.db")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT run_name, metrics FROM metrics").fetchall()
    assert {name for name, _ in rows} == {"model"}
    assert any("eval/macro_f1" in str(metrics) for _, metrics in rows)


def _refuse(_: socket.socket, address: object) -> None:
    raise AssertionError(f"a connection to {address}")
