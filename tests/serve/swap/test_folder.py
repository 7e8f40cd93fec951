"""The models folder: artefacts by name, and nothing that lies elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from framelens.model import FramelensError
from framelens.serve.problems import Problem
from framelens.serve.swap.folder import ModelsFolder


@pytest.fixture
def own(tmp_path: Path, folder: Path) -> Path:
    """A folder that a test may change, with an artefact of links to files inside it."""
    own = tmp_path / "models"
    own.mkdir()
    shutil.copytree(folder / "second", own / "second")
    return own


def test_artefacts_are_found_by_name(folder: Path):
    models = ModelsFolder(folder)
    assert models.names() == ["second"]
    assert models.read("second").manifest.version == "2"


@pytest.mark.parametrize(
    "name", ["third", "", ".", "..", "./second", "second/", "../models/second", "SECOND", "empty"]
)
def test_another_name_is_refused(folder: Path, name: str):
    with pytest.raises(Problem) as raised:
        ModelsFolder(folder).read(name)
    assert raised.value.code == "unknown_artefact"
    assert raised.value.detail == "the folder's artefacts are second"
    assert [field.pointer for field in raised.value.errors] == ["/name"]


def test_a_path_is_no_name(folder: Path):
    with pytest.raises(Problem, match="the folder's artefacts are second"):
        ModelsFolder(folder).read(str(folder / "second"))


def test_links_may_not_lead_outside(own: Path, folder: Path):
    (own / "link").symlink_to(folder / "second")
    shutil.copytree(own / "second", own / "inner")
    (own / "inner" / "README.md").unlink()
    (own / "inner" / "README.md").symlink_to(folder / "second" / "README.md")
    (own / "loop").symlink_to(own / "loop")
    (own / "alias").symlink_to(own / "second")
    assert ModelsFolder(own).names() == ["alias", "second"]


def test_the_folder_itself_may_be_a_link(own: Path, tmp_path: Path):
    (tmp_path / "current").symlink_to(own)
    assert ModelsFolder(tmp_path / "current").names() == ["second"]


def test_a_changed_artefact_is_refused_without_telling_where_it_lies(own: Path):
    with (own / "second" / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(Problem) as raised:
        ModelsFolder(own).read("second")
    assert raised.value.code == "unfit_artefact"
    place = "second/tokenizer.json: sha256: the file is not the one the manifest names"
    assert raised.value.detail == place


def test_an_engine_that_is_not_there_is_told(folder: Path):
    models = ModelsFolder(folder, engine="abacus")
    with pytest.raises(Problem, match="unknown engine 'abacus'"):
        models.classifier(models.read("second"))


def test_a_folder_that_is_gone_has_nothing(own: Path):
    models = ModelsFolder(own)
    shutil.rmtree(own)
    assert models.names() == []
    with pytest.raises(Problem, match="there is none"):
        models.read("second")


def test_no_folder_at_all(tmp_path: Path):
    with pytest.raises(
        FramelensError, match=r"--models-folder: .*nothing: there is no such folder"
    ):
        ModelsFolder(tmp_path / "nothing")
