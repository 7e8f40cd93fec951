"""What the Makefile does to the shipped model."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a shipped model and nothing trained."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shipped = tmp_path / "model" / "artefacts" / "framing"
    shipped.mkdir(parents=True)
    for name in ("framelens.json", "old.png"):
        (shipped / name).write_text("old")
    return tmp_path


def ship(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "ship"],  # noqa: S607
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def shipped(checkout: Path) -> dict[str, str]:
    (folder,) = (checkout / "model" / "artefacts").iterdir()
    assert folder.name == "framing"
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("empty_run", [False, True])
def test_nothing_to_ship_leaves_the_shipped_model(checkout: Path, empty_run: bool):
    if empty_run:
        (checkout / "runs" / "framing").mkdir(parents=True)
    result = ship(checkout)
    assert result.returncode != 0
    assert "runs/framing: no artefact to ship" in result.stderr
    assert shipped(checkout) == {"framelens.json": "old", "old.png": "old"}


def test_the_trained_model_takes_the_place_of_the_shipped_one(checkout: Path):
    trained = checkout / "runs" / "framing"
    trained.mkdir(parents=True)
    (trained / "framelens.json").write_text("new")
    (checkout / "model" / "artefacts" / "framing.new").mkdir()
    result = ship(checkout)
    assert result.returncode == 0, result.stderr
    assert shipped(checkout) == {"framelens.json": "new"}
