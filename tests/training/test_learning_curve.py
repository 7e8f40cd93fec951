"""The learning curve: from counts to what more labels would buy."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from sklearn.metrics import f1_score

from framelens.data import Corpus, LabelledDocument, LabelledSentence, write_documents
from framelens.model import DEFAULT, Artefact, FramelensError
from framelens.model.artefact import file_sha256
from framelens.training import growing_parts
from framelens.training.curve_report import advice, curve_table, write_curve
from framelens.training.evaluation.metrics import document_counts, label_f1
from framelens.training.growing_parts import grow
from framelens.training.learning_curve import LearningCurve, Trial
from framelens.training.settings import SettingsError, TrainSettings

QUIET = Console(quiet=True)
SIZES = (50, 100, 200, 400, 800)


def curve(rate: Callable[[int], float], draws: int = 3, documents: int = 200) -> LearningCurve:
    """Two labels and ten sentences a document, of which a model gets a share wrong."""
    generator = np.random.default_rng(0)

    def trial(size: int) -> Trial:
        wrong = generator.binomial(5, rate(size), (documents, 2))
        hits = 5 - wrong
        given = hits + wrong[:, ::-1]
        counts = np.stack([hits, given, np.full_like(hits, 5)], axis=-1)
        return Trial(size, counts, seconds=size / 100)

    trials = tuple(tuple(trial(size) for size in SIZES) for _ in range(draws))
    return LearningCurve(("sunny", "rainy"), 1000, trials)


def test_f1_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    true, given = generator.integers(0, 3, (2, 40))
    flags = [labels[:, np.newaxis] == np.arange(4) for labels in (true, given)]
    counts = document_counts(*flags, np.arange(40) // 4)
    *scores, absent = label_f1(counts.sum(axis=0))
    assert scores == pytest.approx(f1_score(true, given, average=None))
    assert math.isnan(absent)


def test_the_interval_holds_what_is_foretold():
    measured = curve(lambda size: 0.1 + 2 * size**-0.5)
    for size, expected in zip((2000, 4000), measured.expected([2000, 4000]), strict=True):
        truth = 1 - (0.1 + 2 * size**-0.5)
        assert expected.low - 0.01 < truth < expected.high + 0.01
    (gain,) = measured.gains([2000])
    assert 0 < gain.low < gain.value < gain.high
    assert measured.sizes == list(SIZES)
    assert measured.seconds == [size / 100 for size in SIZES]


def test_advice_follows_from_the_interval():
    assert "more labels help" in advice(curve(lambda size: 0.05 + 4 * size**-0.5))
    assert "hardly help" in advice(curve(lambda size: 0.2))
    assert "not certain" in advice(curve(lambda size: 0.1 + size**-0.5, documents=4))


def test_a_label_that_no_sentence_has_is_left_open():
    measured = curve(lambda size: 0.2)
    empty = tuple(
        tuple(replace(trial, counts=trial.counts * [[[1], [0]]]) for trial in draw)
        for draw in measured.draws
    )
    without = replace(measured, draws=empty)
    assert all(math.isnan(score) for score in without.label_scores(1))
    assert curve_table(without).rows[0][3] == "–"


def test_the_report_has_words_tables_figures_and_a_picture(tmp_path: Path):
    measured = curve(lambda size: 0.1 + 2 * size**-0.5)
    write_curve(measured, tmp_path / "report")
    page = (tmp_path / "report" / "learning_curve.md").read_text()
    assert advice(measured) in page
    assert "| Labelled sentences | " in page
    figures = json.loads((tmp_path / "report" / "learning_curve.json").read_text())
    assert [each["sentences"] for each in figures["expected"]] == [1000, 2000, 4000]
    assert (tmp_path / "report" / "learning_curve.png").stat().st_size > 1000


@pytest.fixture
def corpus() -> Corpus:
    """A hundred documents of two sentences."""
    sentences = (LabelledSentence(0, 9, "sunny"), LabelledSentence(10, 19, "rainy"))
    return [
        LabelledDocument(str(row), f"Sun {row:4d}. Rain {row:3d}.", sentences) for row in range(100)
    ]


@pytest.fixture
def settings(tmp_path: Path, corpus: Corpus) -> TrainSettings:
    data, scheme = tmp_path / "data.jsonl", tmp_path / "scheme.yaml"
    write_documents(data, corpus)
    scheme.write_text("name: weather\nlabels: {sunny: {}, rainy: {}}\n")
    return TrainSettings([data], tmp_path / "output", scheme)


Parts = list[tuple[TrainSettings, set[str], set[str]]]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    """What would be learnt from and measured on, by trial; nothing is trained."""
    seen: Parts = []

    def trial(settings: TrainSettings, part: Corpus, unseen: Corpus) -> Trial:
        if len(part) < 9:
            raise SettingsError("too few")
        seen.append((settings, *({each.text for each in corpus} for corpus in (part, unseen))))
        return Trial(2 * len(part), np.ones((len(unseen), 2, 3), dtype=np.int64), 1.0)

    monkeypatch.setattr(growing_parts, "_trial", trial)
    return seen


def test_parts_grow_and_what_they_are_measured_on_is_not_in_them(
    settings: TrainSettings, parts: Parts
):
    measured = grow(settings, points=4, draws=2, console=QUIET)
    assert measured.sizes == [20, 40, 80, 160]
    assert measured.total == 200
    for draw in (parts[:4], parts[4:]):
        for (_, smaller, unseen), (_, larger, others) in pairwise(draw):
            assert smaller < larger
            assert unseen == others
            assert not larger & unseen
    assert parts[0][2] != parts[4][2]
    assert [each.seed for each, _, _ in parts] == [0] * 4 + [1] * 4
    assert {each.output.exists() for each, _, _ in parts} == {False}


def test_parts_too_small_to_train_on_are_left_out(settings: TrainSettings, parts: Parts):
    assert grow(settings, points=5, draws=2, console=QUIET).sizes == [20, 40, 80, 160]
    assert len(parts) == 8


def test_three_parts_are_the_fewest(settings: TrainSettings, parts: Parts, tmp_path: Path):
    few = tmp_path / "few.jsonl"
    few.write_text("".join(settings.data[0].read_text().splitlines(keepends=True)[:40]))
    with pytest.raises(FramelensError, match="a model of 16 sentences: too few"):
        grow(replace(settings, data=[few]), points=3, draws=1, console=QUIET)
    assert parts == []


def test_test_files_are_what_is_measured_on(
    settings: TrainSettings, parts: Parts, corpus: Corpus, tmp_path: Path
):
    path = tmp_path / "test.jsonl"
    texts = [replace(each, id=f"t{each.id}", text=each.text.upper()) for each in corpus[:10]]
    write_documents(path, texts)
    grow(replace(settings, test=[path]), points=3, draws=2, console=QUIET)
    assert {frozenset(unseen) for _, _, unseen in parts} == {frozenset(each.text for each in texts)}
    assert all(each.test == [] for each, _, _ in parts)


def test_a_model_of_a_part_is_trained_and_measured(
    settings: TrainSettings, corpus: Corpus, tiny_base: Path
):
    tiny = replace(settings, base=str(tiny_base), epochs=1, device="cpu", review_accuracy=0.5)
    trial = growing_parts._trial(tiny, corpus, corpus[:20])
    assert trial.size == 200
    assert trial.counts.shape == (20, 2, 3)
    # Given, and true: twenty sentences of each label.
    assert trial.counts.sum(axis=0)[:, 1].sum() == 40
    assert trial.counts.sum(axis=0)[:, 2].tolist() == [20, 20]
    assert trial.seconds > 0


def test_a_base_that_knows_the_data_is_refused(settings: TrainSettings, tmp_path: Path):
    base = tmp_path / "base"
    shutil.copytree(Artefact.load(DEFAULT).folder, base)
    manifest = Artefact.load(base).manifest
    files = [{"name": "data.jsonl", "sha256": file_sha256(settings.data[0])}]
    Artefact.seal(base, replace(manifest, provenance={**manifest.provenance, "files": files}))
    with pytest.raises(SettingsError, match=r"has learnt from data\.jsonl, which would flatter"):
        grow(replace(settings, base=str(base)), points=3, draws=1, console=QUIET)
    other = tmp_path / "other.jsonl"
    other.touch()
    tested = replace(settings, base=str(base), data=[other], test=settings.data)
    with pytest.raises(SettingsError, match=r"has learnt from data\.jsonl, which would flatter"):
        grow(tested, points=3, draws=1, console=QUIET)
