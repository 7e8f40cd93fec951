"""Attributions as targets of tokens."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framelens.data import DataError
from framelens.data.leaks import leak_key
from framelens.model import find_artefact
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.attribution import ROLES, collate_attributions, read_attributions

TEXT = "It rained. Ada said it would snow."


@pytest.fixture(scope="module")
def tokenizer() -> SentenceTokenizer:
    return SentenceTokenizer(find_artefact("framing") / "tokenizer.json")


def write(path: Path, **columns: list[object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_tokens_have_the_roles_of_their_characters(tmp_path: Path, tokenizer: SentenceTokenizer):
    attribution = {"source": [[11, 14]], "cue": [[15, 19]], "content": [[20, 33]]}
    path = write(tmp_path / "a.parquet", text=[TEXT], attributions=[[attribution]])
    (example,) = read_attributions(path, tokenizer, window=64)
    roles = [tuple(row) for row in example["labels"]]
    none, unread = (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0)
    source, cue, content = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    #                      It rained .          Ada     said    it would snow    .
    assert roles == [unread, *[none] * 3, source, cue, *[content] * 3, none, unread]


def test_padding_has_no_target(tmp_path: Path, tokenizer: SentenceTokenizer):
    path = write(tmp_path / "a.parquet", text=[TEXT, "Rain."], attributions=[[], []])
    batch = collate_attributions(list(read_attributions(path, tokenizer, window=64)))
    assert batch["labels"].shape == (2, batch["input_ids"].shape[1], len(ROLES))
    assert (batch["labels"][1, 4:] == -1).all()
    assert batch["attention_mask"].sum().item() == 11 + 4


def test_an_article_with_a_sentence_that_is_kept_out_is_left_out(
    tmp_path: Path, tokenizer: SentenceTokenizer
):
    kept, tested = "Ada said it would snow.", "Rain fell. Bea thought that it would hail."
    path = write(tmp_path / "a.parquet", text=[tested, kept], attributions=[[], []])
    everything = read_attributions(path, tokenizer, window=64)
    assert len(everything) == 2
    kept_out = {key} if (key := leak_key("bea  thought that it would HAIL.")) else set()
    (example,) = read_attributions(path, tokenizer, 64, kept_out)
    assert example == everything[1]


def test_a_file_without_attributions_is_refused(tmp_path: Path, tokenizer: SentenceTokenizer):
    path = write(tmp_path / "a.parquet", text=[TEXT])
    with pytest.raises(DataError, match=r"a\.parquet: no column 'attributions'"):
        read_attributions(path, tokenizer, window=64)
