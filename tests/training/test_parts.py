"""The parts of a run's data."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.data import Corpus, LabelledDocument, LabelledSentence
from framelens.model import FramelensError
from framelens.training.parts import draw_parts
from framelens.training.settings import SettingsError, TrainSettings


def settings(**changes: object) -> TrainSettings:
    values: dict[str, object] = {"data": [Path("a.jsonl")], "output": Path("model")}
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def corpus() -> Corpus:
    """Documents of ten outlets and twenty days."""
    return [
        LabelledDocument(
            f"{number}",
            f"It rained, day {number}.",
            (LabelledSentence(0, 10, "rainy"),),
            {"outlet": f"outlet {number % 10}", "day": f"2025-01-{1 + number % 20:02}"},
        )
        for number in range(100)
    ]


@pytest.mark.parametrize(("split", "key"), [("random", ""), ("grouped", "outlet"), ("time", "day")])
def test_every_document_is_in_one_part(corpus: Corpus, split: str, key: str):
    drawn = settings(split=split, split_by=key, held_out=0.2, test_share=0.2)
    parts = draw_parts(drawn, corpus)
    assert [*map(len, parts)] == pytest.approx([64, 16, 20], abs=4)
    assert {each.id for part in parts for each in part} == {each.id for each in corpus}
    if key:
        values = [{each.metadata[key] for each in part} for part in parts]
        assert not values[0] & values[1] | values[1] & values[2] | values[0] & values[2]
    if split == "time":
        assert max(values[0]) < min(values[1]) < max(values[1]) < min(values[2])


def test_the_test_part_does_not_depend_on_the_seed(corpus: Corpus):
    parts = [draw_parts(settings(test_share=0.2, seed=seed), corpus) for seed in range(3)]
    assert parts[0][2] == parts[1][2] == parts[2][2]
    assert parts[0][1] != parts[1][1]


def test_without_a_share_there_is_no_test_part(corpus: Corpus):
    assert draw_parts(settings(), corpus)[2] == []


def part(name: str, *numbers: int) -> Corpus:
    return [
        LabelledDocument(f"{n}", f"Rain {n}", (LabelledSentence(0, 6, "rainy"),), {"part": name})
        for n in numbers
    ]


def test_parts_are_as_the_data_name_them():
    fixed = settings(split="fixed", split_by="part")
    train, dev, test = part("train", *range(20)), part("dev", 20), part("test", 21, 22)
    assert draw_parts(fixed, [*test, *dev, *train]) == (train, dev, test)
    fitting, held_out, none = draw_parts(fixed, train)
    assert (len(fitting), len(held_out), none) == (18, 2, [])
    with pytest.raises(SettingsError, match="split_by: no document has the 'part' 'train'"):
        draw_parts(fixed, dev)


def test_what_a_document_lacks_is_named(corpus: Corpus):
    with pytest.raises(FramelensError, match="document '0': its metadata have no 'site'"):
        draw_parts(settings(split="grouped", split_by="site"), corpus)
