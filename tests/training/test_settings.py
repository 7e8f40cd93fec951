"""Settings of a training run, from a file and from flags."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from framelens.training.settings import SettingsError, TrainSettings, field_help, read_settings

GIVEN = {"data": [Path("a.jsonl")], "output": Path("out")}


def test_every_field_has_a_docstring_for_its_help():
    names = {field.name for field in dataclasses.fields(TrainSettings)}
    assert set(field_help(TrainSettings)) == names
    assert all(field_help(TrainSettings).values())


def test_flags_go_before_the_file(tmp_path: Path):
    path = tmp_path / "train.yaml"
    path.write_text("data: [a.jsonl]\noutput: out\nepochs: 7\nseed: 3\n")
    settings = read_settings(path, {"epochs": 2})
    assert (settings.epochs, settings.seed, settings.data) == (2, 3, [Path("a.jsonl")])


def test_whole_numbers_are_numbers(tmp_path: Path):
    path = tmp_path / "train.yaml"
    path.write_text("weight_decay: 0\nlearning_rate: 2e-4\n")
    settings = read_settings(path, GIVEN)
    assert (settings.weight_decay, settings.learning_rate) == (0.0, 2e-4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("epoch: 3", "train.yaml: unknown setting 'epoch': known are 'data'"),
        ("epochs: many", "train.yaml: epochs: expected int, found 'many'"),
        ("epochs: true", "train.yaml: epochs: expected int, found True"),
        ("weight_decay: little", "train.yaml: weight_decay: expected float, found 'little'"),
        ("layers: 0", "layers: 0 is not between 1 and 1000"),
        ("unlabelled: a.parquet", "unlabelled: texts without labels need a teacher"),
        ("epochs: 0", "epochs: 0 is not between 1 and 1000"),
        ("review_accuracy: 0.4", "review_accuracy: 0.4 is not between 0.5 and 1.0"),
        ("data: a.jsonl", "train.yaml: data: expected a list, found 'a.jsonl'"),
        ("device: tpu", "train.yaml: device: 'tpu' is not allowed; use 'auto', 'cpu' or 'cuda'"),
        ("held_out_from: random", "held_out_from: expected KEY=VALUE"),
        ("split: grouped", "split_by: name the metadata key for split 'grouped'"),
        ("split_by: outlet", "split_by: 'outlet' decides nothing where split is 'random'"),
        ("{split: fixed, split_by: part, test_share: 0.1}", "test_share: where split is 'fixed'"),
        ("{split: time, split_by: day, held_out_from: a=b}", "held_out_from: nothing is drawn"),
        ("test_share: 0.6", "test_share: 0.6 is not between 0.0 and 0.5"),
        ("- a", "train.yaml: expected settings as 'name: value' lines"),
        ("a: [", "train.yaml: not a YAML file"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, content: str, message: str):
    path = tmp_path / "train.yaml"
    path.write_text(content)
    given = {} if content.startswith("data") else GIVEN
    with pytest.raises(SettingsError) as raised:
        read_settings(path, given | {"output": Path("out")})
    assert message in str(raised.value)


def test_what_is_missing_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match="data: missing, and there is no default"):
        read_settings(None, {"output": Path("out")})
    with pytest.raises(SettingsError, match="data: name at least one labelled file"):
        read_settings(None, {"data": [], "output": Path("out")})
    with pytest.raises(SettingsError, match=r"none\.yaml: cannot read the settings"):
        read_settings(tmp_path / "none.yaml", {})
