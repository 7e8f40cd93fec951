"""``framelens card`` writes a card and never harms a model."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from framelens.model import DEFAULT, Artefact
from framelens.model.artefact import SHIPPED
from framelens.training import card, evaluation

Run = Callable[..., Result]

SEEDS = Path(__file__).parents[3] / "seeds"
CARD = "README.md"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / DEFAULT, tmp_path / "models" / "model"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents that people wrote."""
    path = tmp_path_factory.mktemp("data") / "two.jsonl"
    lines = (SEEDS / "documents" / "channels.jsonl").read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:2]), encoding="utf-8")
    return path


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be evaluated."""

    def measure(*_: object) -> None:
        raise AssertionError("evaluated before the checks")

    monkeypatch.setattr(evaluation, "evaluate", measure)


def digest_of_all_that_stands_there(model: Path) -> str:
    assert [path.name for path in model.parent.iterdir()] == [model.name]
    return Artefact.load(model).manifest.sha256


def test_a_card_has_no_plot_of_an_older_one(run: Run, model: Path, data: Path):
    assert (model / "sides.png").exists()
    old = digest_of_all_that_stands_there(model)
    result = run("card", model, data)
    assert result.exit_code == 0, result.output
    assert digest_of_all_that_stands_there(model) != old
    assert not (model / "sides.png").exists()
    assert (model / "confusion.png").exists()
    assert "**two**: " in (model / CARD).read_text(encoding="utf-8")


def test_the_current_folder_and_links_are_models_too(
    run: Run, model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    link = tmp_path / "link"
    link.symlink_to(model)
    assert run("card", link, data).exit_code == 0
    assert link.is_symlink()
    assert "**two**: " in (model / CARD).read_text(encoding="utf-8")
    (model / "sides.png").write_text("stale")
    Artefact.seal(model, Artefact.load(link).manifest)
    monkeypatch.chdir(model)
    result = run("card", ".", data)
    assert result.exit_code == 0, result.output
    assert digest_of_all_that_stands_there(model)
    assert not (model / "sides.png").exists()


@pytest.mark.parametrize("place", ["write_card", "save_plots"])
def test_a_failure_leaves_the_model_as_it_was(
    run: Run, model: Path, data: Path, place: str, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    old = digest_of_all_that_stands_there(model)
    monkeypatch.setattr(card, place, fail)
    result = run("card", model, data)
    assert (result.exit_code, "No space left" in result.stderr) == (1, True)
    assert digest_of_all_that_stands_there(model) == old


@pytest.mark.usefixtures("unmeasured")
def test_the_shipped_card_is_left_alone(run: Run, data: Path, tmp_path: Path):
    files = tmp_path / "checkout"
    files.mkdir()
    for path in (SHIPPED / DEFAULT).iterdir():
        (files / path.name).symlink_to(path)
    for name in (DEFAULT, (SHIPPED / DEFAULT).resolve(), files):
        result = run("card", name, data)
        assert result.exit_code == 1
        assert "comes with the package; copy the folder first" in result.stderr


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("first", ["model: framing 0.9.9", "- It takes shouting for boasting."])
def test_errors_of_another_model_are_refused(
    run: Run, model: Path, data: Path, tmp_path: Path, first: str
):
    errors = tmp_path / "errors.md"
    errors.write_text(f"{first}\n\n- It takes shouting for boasting.\n", encoding="utf-8")
    manifest = Artefact.load(model).manifest
    result = run("card", model, data, "--known-errors", errors)
    assert result.exit_code == 1
    assert f"{errors}:1: expected 'model: {manifest.name} {manifest.version}'" in result.stderr
    assert f"found {first!r}" in result.stderr


def test_errors_of_the_model_stand_on_its_card(run: Run, model: Path, data: Path, tmp_path: Path):
    errors, manifest = tmp_path / "errors.md", Artefact.load(model).manifest
    named = f"model: {manifest.name} {manifest.version}"
    errors.write_text(f"{named}\n\n- It takes shouting for boasting.\n", encoding="utf-8")
    assert run("card", model, data, "--known-errors", errors).exit_code == 0
    text = (model / CARD).read_text(encoding="utf-8")
    assert "## Known kinds of error\n\n- It takes shouting for boasting.\n" in text
    assert named not in text
