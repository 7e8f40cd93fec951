"""The encoder that training starts from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from framelens.model import ArtefactError, Scheme, find_artefact
from framelens.training.base import base_folder, load_base

SHIPPED = find_artefact("framing")


def test_an_artefact_lends_its_encoder_and_its_head_to_its_own_leaves_alone():
    own = Scheme.from_file(SHIPPED / "scheme.yaml")
    others = Scheme.from_dict({"name": "six", "labels": {f"label {n}": {} for n in range(6)}})
    same, _ = load_base("framing", own, window=128)
    other, _ = load_base(str(SHIPPED), others, window=128)
    assert torch.equal(
        same.base_model.embeddings.word_embeddings.weight,
        other.base_model.embeddings.word_embeddings.weight,
    )
    assert other.config.id2label == dict(enumerate(others.leaf_names))
    assert same.classifier.weight.shape == other.classifier.weight.shape
    assert not torch.isclose(same.classifier.weight, other.classifier.weight).any()
    assert not other.classifier.bias.any()


def test_the_folder_of_a_base():
    assert base_folder("framing") == SHIPPED
    assert base_folder("no/such/encoder") is None


def test_an_artefact_that_was_changed_is_refused(tmp_path: Path):
    folder = tmp_path / "changed"
    shutil.copytree(SHIPPED, folder)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ArtefactError, match=r"tokenizer\.json: sha256: the file is not the one"):
        base_folder(str(folder))
