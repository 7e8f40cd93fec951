"""Masked words as a first task."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from transformers import set_seed

from framelens.data import DataError
from framelens.data.leaks import leak_key
from framelens.model import DEFAULT, Scheme, find_artefact
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.adaptation import (
    AdaptationModel,
    MaskingCollator,
    read_unlabelled,
    windows_of_texts,
)
from framelens.training.base import PACKAGED, load_base

SHIPPED = find_artefact(DEFAULT)
TOKENIZER = SentenceTokenizer(SHIPPED / "tokenizer.json")
TEXT = " ".join(
    f"On day {day} the ferry carried {day * 3} boxes of apples over the lake." for day in range(40)
)


def table(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_texts_are_read(tmp_path: Path):
    path = table(tmp_path / "texts.parquet", text=["One.", None, "", "Two."], title=list("abcd"))
    assert read_unlabelled(path) == ["One.", "Two."]


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"body": ["One."]}, "no column 'text'"), ({"text": [1, 2]}, "text: expected a string")],
)
def test_what_is_wrong_is_named(tmp_path: Path, columns: dict[str, list[object]], message: str):
    with pytest.raises(DataError, match=message):
        read_unlabelled(table(tmp_path / "texts.parquet", **columns))


def test_windows_hold_all_sentences_but_those_kept_out():
    examples = windows_of_texts([TEXT], TOKENIZER, 64)
    assert max(examples["length"]) <= 64
    tokens = sum(len(ids) - 2 for ids in examples["input_ids"])
    assert tokens == sum(map(len, TOKENIZER([TEXT])))
    kept_out = {leak_key("On day 7 the ferry carried 21 boxes of apples over the lake.")}
    fewer = windows_of_texts([TEXT], TOKENIZER, 64, kept_out)
    assert sum(len(ids) - 2 for ids in fewer["input_ids"]) < tokens


def test_masked_words_are_learnt_and_the_encoder_is_shared():
    set_seed(0)
    scheme = Scheme.from_file(SHIPPED / "scheme.yaml")
    classifier, tokenizer = load_base(PACKAGED, scheme, 64)
    model = AdaptationModel(classifier)
    batch = MaskingCollator(tokenizer, seed=0)(windows_of_texts([TEXT], TOKENIZER, 64).to_list())
    masked = batch["labels"] != -100
    assert 0.1 < masked.sum() / batch["attention_mask"].sum() < 0.2
    before = classifier.base_model.get_input_embeddings().weight.clone()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss = model(**batch)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]
    assert not torch.equal(before, classifier.base_model.get_input_embeddings().weight)
