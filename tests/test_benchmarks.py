"""The benchmark scripts still run."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import ablation
from framelens.data import LabelledDocument, LabelledSentence, read_corpus, split_by_document
from framelens.training.run import read_run
from framelens.training.settings import TrainSettings

ROOT = Path(__file__).parents[1]


def test_an_article_is_tabled():
    command = [sys.executable, "benchmarks/article.py", "README.md"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, _, header, *_ = result.stdout.splitlines()
    assert "service and command line differ by at most 0.0e+00" in first
    assert header == "| | label | confidence | frame inside | first words |"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "polnear_attribution.parquet").write_bytes(b"attributions")
    (tmp_path / "unlabelled.parquet").write_bytes(b"texts")
    return tmp_path


def test_every_row_of_the_ablation_changes_what_it_says(texts: Path):
    settings = ablation.row_settings(texts)
    shipped = settings.pop("as shipped")
    assert shipped.attribution is not None
    assert settings["no attribution first"].attribution is None
    for name, row in settings.items():
        fields = {field.name for field in dataclasses.fields(row)}
        changed = {field for field in fields if getattr(row, field) != getattr(shipped, field)}
        assert changed == set(ablation.rows(texts)[name]), name
        assert {path.name for path in row.data} <= {path.name for path in shipped.data}


def test_a_result_is_used_again_only_for_what_it_was_made_of(
    texts: Path, tmp_path_factory: pytest.TempPathFactory
):
    def made_of(row: TrainSettings, share: float = 0.15) -> str:
        # Without the packaged encoder, whose weights take long to read.
        return ablation.made_of(dataclasses.replace(row, base=str(texts)), share)

    rows = ablation.row_settings(texts)
    assert len({made_of(row) for row in rows.values()}) == len(rows)
    shipped = rows["as shipped"]
    made = made_of(shipped)
    assert made_of(ablation.row_settings(texts, seed=1)["as shipped"]) == made
    elsewhere = Path(shutil.copytree(texts, tmp_path_factory.mktemp("elsewhere") / "texts"))
    assert made_of(ablation.row_settings(elsewhere)["as shipped"]) == made
    assert made_of(dataclasses.replace(shipped, version="9.9.9")) == made
    assert made_of(dataclasses.replace(shipped, patience=7)) != made
    assert made_of(shipped, 0.2) != made
    (texts / "polnear_attribution.parquet").write_bytes(b"others")
    assert made_of(shipped) != made


def test_a_result_without_flips_is_not_there_where_they_are_asked_for():
    results = [{"settings": "a", "seed": 0}, {"settings": "b", "seed": 0, "flips": 0.1}]
    assert ablation.is_there(results, {"settings": "a", "seed": 0}, flips=False)
    assert not ablation.is_there(results, {"settings": "a", "seed": 0}, flips=True)
    assert ablation.is_there(results, {"settings": "b", "seed": 0}, flips=True)
    assert not ablation.is_there(results, {"settings": "b", "seed": 1}, flips=False)


def test_rows_share_an_encoder_only_where_first_tasks_are_the_same(texts: Path):
    def encoder(name: str, seed: int = 0) -> TrainSettings:
        row = ablation.row_settings(texts, seed)[name]
        return ablation.encoder_settings(row, shipped.data)

    shipped = ablation.row_settings(texts)["as shipped"]
    made = encoder("as shipped")
    for name in ("as shipped", "sides swapped, no consistency", "without the seed documents"):
        assert encoder(name, seed=1) == made
    for name in ("window of 192 tokens", "weight decay 0.1", "masked words first"):
        assert encoder(name) != made


def test_a_seed_draws_a_share_of_the_documents_whatever_others_there_are():
    texts = [f"text {number}" for number in range(1_000)]
    first, other, larger = (
        {text for text in texts if ablation.is_drawn(text, seed, share)}
        for seed, share in ((0, 0.2), (1, 0.2), (0, 0.4))
    )
    assert 160 < len(first) < 240
    assert first < larger
    assert 20 < len(first & other) < 60, "seeds draw independently"
    _, held_out = split_by_document(
        [LabelledDocument(text, text, (LabelledSentence(0, 4, "a"),)) for text in texts], 0.2, 0
    )
    assert 20 < len(first & {document.text for document in held_out}) < 60


def test_a_row_without_a_file_leaves_its_documents_out_of_the_same_share(tmp_path: Path):
    documents = sorted((ROOT / "seeds" / "documents").glob("*.jsonl"))
    whole = read_run(
        TrainSettings(data=documents, output=tmp_path / "model", seed=3), Console(quiet=True)
    )
    share = ablation.part(whole, whole.settings, 0.5)
    fewer = ablation.part(whole, dataclasses.replace(whole.settings, data=documents[1:]), 0.5)
    left_out = {each.id for each in read_corpus(documents[:1], whole.scheme)}
    assert 0 < len(fewer) < len(share) < len(whole.fitting)
    assert fewer == [document for document in share if document.id not in left_out]


def result(made: str, seed: int, macro_f1: float, **others: float) -> dict[str, object]:
    figures = {"macro_f1": macro_f1, "leaf_macro_f1": macro_f1 - 0.1}
    return {"settings": made, "seed": seed, "row": "as it was then", **figures, **others}


def test_the_table_compares_seed_by_seed():
    results = [
        *(result("of another time", seed, 0.1) for seed in range(3)),
        result("a", 0, 0.5, flips=0.02),
        result("a", 1, 0.7, flips=0.04),
        result("b", 0, 0.51),
        result("b", 1, 0.73),
        result("b", 2, 0.9),
        result("c", 1, 0.6, flips=0.125),
    ]
    hashes = {"as shipped": "a", "more": "b", "less": "c", "not yet trained": "d"}
    assert ablation.table(results, hashes).splitlines() == [
        "|  | seeds | macro-F1 | difference | leaf macro-F1 | difference | flips |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| as shipped | 2 | 0.600 |  | 0.500 |  | 3.0% |",
        "| more | 3 | 0.713 | +0.020 ± 0.014 | 0.613 | +0.020 ± 0.014 |  |",
        "| less | 1 | 0.600 | -0.100 | 0.500 | -0.100 | 12.5% |",
    ]
