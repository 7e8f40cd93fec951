"""What a person sees of a run before it trains."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import Artefact, Scheme
from framelens.training.overview import (
    base_in_words,
    context_in_words,
    parts_table,
    split_in_words,
    weights_in_words,
)
from framelens.training.settings import TrainSettings

SCHEME = Scheme.from_dict({"name": "weather", "labels": {"sunny": {}, "[rainy]": {}}})


def settings(**changes: object) -> TrainSettings:
    values: dict[str, object] = {"data": [Path("a.jsonl")], "output": Path("model"), "seed": 3}
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


def test_every_part_is_counted_by_leaf():
    rain = LabelledDocument(
        "a", "Rain. Rain.", tuple(LabelledSentence(begin, begin + 5, "[rainy]") for begin in (0, 6))
    )
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(parts_table({"train": [rain, rain], "held out": []}, SCHEME))
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["documents", "2", "0"] in lines
    assert ["sentences", "4", "0"] in lines
    assert ["sunny", "0", "0"] in lines
    assert ["[rainy]", "4", "0"] in lines


def test_how_parts_are_kept_apart():
    assert split_in_words(settings()) == "split: whole documents at random, seed 3"
    grouped = split_in_words(settings(split="grouped", split_by="outlet"))
    assert grouped == "split: documents of the same 'outlet' together, at random, seed 3"


def test_what_a_sentence_is_read_with_and_how_much_it_counts():
    assert "nothing else" in context_in_words(settings(context="sentence"))
    assert "in its document" in context_in_words(settings(context="document"))
    weighted = weights_in_words(settings(), SCHEME, [0.5, 1.5])
    assert weighted == "weights (inverse-sqrt): a sentence counts [rainy] 1.50, sunny 0.50"
    unweighted = weights_in_words(settings(class_weighting="none"), SCHEME, [1.0, 1.0])
    assert unweighted == "weights: every sentence counts alike"


def test_what_the_model_starts_from():
    assert base_in_words(settings(), None) == "base: all-MiniLM-L6-v2"
    shipped = Artefact.load("framing")
    line = base_in_words(settings(base="framing"), shipped)
    assert line == f"base: the encoder of framing {shipped.manifest.version}"
