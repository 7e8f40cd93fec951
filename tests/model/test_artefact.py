"""Artefacts: sealed, found by path or name, and refused when anything in them has changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from framelens.model import (
    DEFAULT,
    Artefact,
    ArtefactError,
    Scheme,
    TextProfile,
    find_artefact,
)
from framelens.model.artefact import MANIFEST, REQUIRED, file_sha256

FILES = [*REQUIRED, "card.md"]
PROFILE = TextProfile(
    sentences=9,
    annotated={"one": 0.25, "two": 0.75},
    held_out_sentences=3,
    predicted={"one": 1 / 3, "two": 2 / 3},
    confidence=(0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99),
    tokens=(3.0, 5.0, 8.0, 11.0, 14.0, 17.0, 20.0, 26.5, 40.0),
)


def edit(folder: Path, **fields: Any) -> None:
    """Change fields of a manifest and leave its digest as it was."""
    path = folder / MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | fields), encoding="utf-8")


def refusal(folder: Path) -> str:
    with pytest.raises(ArtefactError) as caught:
        Artefact.load(folder)
    return str(caught.value)


def test_a_sealed_artefact_loads_as_it_was_sealed(small_artefact: Path):
    artefact = Artefact.load(small_artefact)
    assert artefact.folder == small_artefact
    assert artefact.scheme == Scheme.from_file(small_artefact / "scheme.yaml")
    manifest = artefact.manifest
    assert (manifest.name, manifest.version, manifest.format) == ("small", "1.2.3", 1)
    assert (manifest.window, manifest.overlap, manifest.temperature) == (128, 2, 1.5)
    assert manifest.canary.scores == {"one": 0.25, "two": 0.75}
    assert manifest.provenance["settings"] == {"seed": 1, "rates": [0.1, 2e-5]}
    assert manifest.files == {name: file_sha256(small_artefact / name) for name in FILES}


def test_sealing_again_changes_nothing(small_artefact: Path):
    before = (small_artefact / MANIFEST).read_bytes()
    manifest = Artefact.load(small_artefact).manifest
    assert Artefact.seal(small_artefact, manifest) == manifest
    assert (small_artefact / MANIFEST).read_bytes() == before


def test_the_review_threshold_and_the_profile_are_kept(small_artefact: Path):
    old = Artefact.load(small_artefact).manifest
    Artefact.seal(small_artefact, replace(old, review_below=0.8125, profile=PROFILE))
    new = Artefact.load(small_artefact).manifest
    assert (new.review_below, new.profile) == (0.8125, PROFILE)
    assert new.sha256 != old.sha256


def test_an_artefact_without_them_keeps_the_digest_it_had(small_artefact: Path, shipped: Path):
    content = json.loads((small_artefact / MANIFEST).read_text(encoding="utf-8"))
    assert not {"review_below", "profile"} & content.keys()
    for folder in (small_artefact, shipped):
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        assert Artefact.load(folder).manifest.sha256 == json.loads(text)["sha256"]


def test_sealing_after_a_change_gives_another_digest(small_artefact: Path):
    old = Artefact.load(small_artefact).manifest
    (small_artefact / "card.md").write_text("# another card\n", encoding="utf-8")
    Artefact.seal(small_artefact, old)
    new = Artefact.load(small_artefact).manifest
    assert new.sha256 != old.sha256
    assert {name for name in FILES if new.files[name] != old.files[name]} == {"card.md"}


@pytest.mark.parametrize("name", FILES)
def test_one_changed_bit_is_refused(small_artefact: Path, name: str):
    path = small_artefact / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert refusal(small_artefact) == f"{path}: sha256: the file is not the one the manifest names"


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(small_artefact: Path, name: str):
    (small_artefact / name).unlink()
    assert refusal(small_artefact) == f"{small_artefact / name}: file is missing from the artefact"


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_file_cannot_be_sealed_away(small_artefact: Path, name: str):
    manifest = Artefact.load(small_artefact).manifest
    (small_artefact / name).unlink()
    Artefact.seal(small_artefact, manifest)
    assert refusal(small_artefact) == f"{small_artefact / name}: file is missing from the artefact"


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 1.0},
        {"name": "other"},
        {"window": 64},
        {"canary": {"text": "They said it was over.", "scores": {"one": 0.75, "two": 0.25}}},
        {"provenance": {}},
        {"files": {}},
        {"review_below": 0.5},
        {"profile": asdict(PROFILE)},
        {"sha256": "0" * 64},
        {"sha256": None},
    ],
)
def test_a_changed_manifest_is_refused(small_artefact: Path, fields: dict[str, Any]):
    edit(small_artefact, **fields)
    place = small_artefact / MANIFEST
    assert refusal(small_artefact) == (
        f"{place}: sha256: the manifest was changed after it was written"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "blue"},
        {"canary": None},
        {"canary": {"text": "No scores."}},
        {"canary": {"text": "Too much.", "scores": {}, "colour": "blue"}},
        {"profile": {"sentences": 9}},
        {"profile": "none"},
        {"name": "\ud800"},
    ],
)
def test_a_manifest_with_other_fields_is_refused(small_artefact: Path, fields: dict[str, Any]):
    edit(small_artefact, **fields)
    assert refusal(small_artefact).startswith(
        f"{small_artefact / MANIFEST}: fields do not fit format 1: "
    )


@pytest.mark.parametrize("number", [0, 2, "1", None])
def test_another_format_is_refused(small_artefact: Path, number: Any):
    edit(small_artefact, format=number)
    assert refusal(small_artefact) == (
        f"{small_artefact / MANIFEST}: format: this version of framelens reads format 1"
    )


def test_a_manifest_that_is_a_list_is_refused(small_artefact: Path):
    (small_artefact / MANIFEST).write_text("[]", encoding="utf-8")
    assert refusal(small_artefact).startswith(f"{small_artefact / MANIFEST}: format: ")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"caf\xe9", b"[" * 100_000, b"9" * 5_000, b"\x80\x04K\x01."]
)
def test_a_manifest_that_is_not_json_is_refused(small_artefact: Path, content: bytes):
    (small_artefact / MANIFEST).write_bytes(content)
    assert refusal(small_artefact).startswith(f"{small_artefact / MANIFEST}: not a JSON file: ")


@pytest.mark.parametrize(
    "name", ["nothing", "", ".", "..", "../framing/..", "../../../../etc", "/", "a\0b", "x" * 5_000]
)
def test_an_unknown_name_lists_those_that_are_shipped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for load in (find_artefact, Artefact.load):
        with pytest.raises(ArtefactError) as caught:
            load(name)
        assert str(caught.value).startswith(f"{name}: no artefact here, it would hold {MANIFEST}")
        assert f"shipped with the package: {DEFAULT!r}" in str(caught.value)


def test_an_artefact_is_found_by_path_and_by_name(small_artefact: Path, shipped: Path):
    assert find_artefact(small_artefact) == small_artefact
    assert find_artefact(str(small_artefact)) == small_artefact
    assert find_artefact(DEFAULT) == shipped


def test_a_file_is_no_artefact(small_artefact: Path):
    with pytest.raises(ArtefactError, match="no artefact here"):
        find_artefact(small_artefact / "card.md")


def test_an_artefact_may_be_copied_elsewhere(small_artefact: Path, tmp_path: Path):
    shutil.copytree(small_artefact, tmp_path / "copy")
    copy = Artefact.load(tmp_path / "copy").manifest
    assert copy.sha256 == Artefact.load(small_artefact).manifest.sha256


def test_the_shipped_artefact_is_whole_and_holds_no_pickle(shipped: Path):
    artefact = Artefact.load(DEFAULT)
    paths = [path for path in shipped.rglob("*") if path.is_file() and path.name != MANIFEST]
    assert {path.name for path in paths} == set(artefact.manifest.files)
    assert not {path.suffix for path in paths} & {".bin", ".ckpt", ".npy", ".pickle", ".pkl", ".pt"}
    assert not any(path.read_bytes().startswith(b"PK\x03\x04") for path in paths)
    assert sum(path.stat().st_size for path in paths) < 50_000_000
    config = json.loads((shipped / "config.json").read_text(encoding="utf-8"))
    names = [config["id2label"][str(index)] for index in range(len(config["id2label"]))]
    assert tuple(names) == artefact.scheme.leaf_names
    assert artefact.manifest.window <= config["max_position_embeddings"]
    assert set(artefact.manifest.canary.scores) == set(artefact.scheme.label_names)
