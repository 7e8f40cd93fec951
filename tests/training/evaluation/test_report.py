"""The files that are written and what is printed."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from rich.console import Console

from framelens.model import Scheme
from framelens.training.evaluation import (
    Evaluation,
    Predictions,
    print_summary,
    to_markdown,
    write_report,
)
from framelens.training.evaluation.deletion import CHOICES, Deletion
from framelens.training.evaluation.evaluation import evaluate_predictions
from framelens.training.evaluation.metrics import Estimate
from framelens.training.evaluation.plots import PLOTS, SIDES_PLOT, save_plots
from framelens.training.evaluation.report import markdown_table
from framelens.training.evaluation.sides import NamedFirst, SidePair, Sides, SwapEffect
from framelens.training.evaluation.tables import Table, class_table, coverage_table, system_table

Build = Callable[..., Predictions]
MODEL = {"name": "[small]", "version": "1.2.3"}


@pytest.fixture(scope="module")
def evaluation(build: Build) -> Evaluation:
    """Two hundred sentences of forty documents, 70% right, with two annotators' votes."""
    generator = np.random.default_rng(2)
    true = generator.integers(0, 4, 200)
    guesses, votes = generator.integers(0, 4, (2, 200))
    predicted = np.where(generator.random(200) < 0.7, true, guesses)
    made = build(
        true,
        predicted,
        np.arange(200) // 5,
        leaf_logits=2 * np.eye(4)[predicted] + generator.normal(size=(200, 4)),
        temperature=1.7,
        kinds=["news", "speeches"] * 100,
        votes=list(zip(true, votes, strict=True)),
        unread=3,
        review_below=0.625,
    )
    return evaluate_predictions(made, MODEL)


@pytest.fixture(scope="module")
def sides() -> Sides:
    """Three pairs of sides: a difference, none, no interval; and a label that nothing has."""
    missing = Estimate(np.nan, np.nan, np.nan)
    effect = SwapEffect(31, 1234, Estimate(0.05, 0.03, 0.08), Estimate(0.04, 0.02, 0.06))
    level = NamedFirst("sunny", Estimate(0.0, -0.01, 0.02), excludes_zero=False)
    tilted = NamedFirst("rainy", Estimate(-0.04, -0.06, -0.02), excludes_zero=True)
    unknown = NamedFirst("sunny", Estimate(0.0, np.nan, np.nan), excludes_zero=False)
    still = SwapEffect(3, 9, Estimate(0.3, np.nan, np.nan), Estimate(0.02, np.nan, np.nan))
    return Sides(
        effect,
        {"sunny": effect, "rainy": SwapEffect(0, 0, missing, missing)},
        (
            SidePair(("North", "South"), effect, (level, tilted)),
            SidePair(("East", "West"), effect, (level, level)),
            SidePair(("Up", "Down"), still, (unknown, unknown)),
        ),
    )


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "new" / "folder"
    write_report(evaluation, path)
    return path


def test_the_page_shows_the_deletion_test(evaluation: Evaluation):
    fall, by_chance, rise = (Estimate(value, value - 0.1, value + 0.1) for value in (0.4, 0.1, 0))
    drops = dict(zip(CHOICES, (fall, by_chance, rise), strict=True))
    tested = replace(evaluation, deletion=Deletion(0.2, 57, 2, drops, {"sunny": drops}))
    assert "## Evidence" not in to_markdown(evaluation)
    page = to_markdown(tested)
    assert "20% of the words of 57 sentences (2 more would have nothing left to read)" in page
    assert "read between its two neighbours" in page
    assert "| 0.400 (0.300–0.500) |" in page
    assert tested.to_dict()["deletion"]["by_label"]["sunny"]["random"]["value"] == 0.1


def test_all_files_are_there(folder: Path):
    names = {path.name for path in folder.iterdir()}
    assert names == {"evaluation.md", "evaluation.json", *PLOTS}


def test_the_json_holds_every_figure(folder: Path, evaluation: Evaluation):
    content = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert content == evaluation.to_dict()


def test_the_page_holds_the_figures_and_links_the_plots(folder: Path, evaluation: Evaluation):
    page = (folder / "evaluation.md").read_text(encoding="utf-8")
    macro = evaluation.scores.labels.macro_f1
    assert f"| {macro.value:.3f} ({macro.low:.3f}–{macro.high:.3f}) |" in page
    assert "200 sentences in 40 documents, 3 more could not be read." in page
    assert f"{evaluation.risk_coverage.area:.3f}" in page
    assert f"kappa of {evaluation.agreement.labels:.3f} over public labels" in page
    for scored in (*evaluation.scores.labels.classes, *evaluation.scores.leaves.classes):
        assert f"{scored.precision:.3f}" in page
    for name in ("[small]", "majority", "annotator 2", "news", "speeches", "said_rain"):
        assert f"| {name} " in page
    for calibration in (evaluation.uncalibrated, evaluation.calibrated):
        row = rf"\| +{calibration.temperature:.2f} \| +{calibration.error:.3f} \|"
        assert re.search(row, page)
    mark = evaluation.review
    assert re.search(r"\| evaluated sentences +\| +0\.625 \|", page)
    right, marked = mark.accuracy, f"{mark.marked} of 200"
    interval = rf"{right.value:.1%} \({100 * right.low:.1f}–{right.high:.1%}\)"
    assert re.search(rf"\| +{marked} \| [^|]+ \| +{interval} \|", page)
    news = next(kind for kind in evaluation.kinds if kind.name == "news").accuracy
    assert re.search(rf"\| news .*{news.value:.3f} \({news.low:.3f}–{news.high:.3f}\) \|", page)
    for name in PLOTS:
        assert f"]({name})" in page


@pytest.mark.parametrize("name", PLOTS)
def test_plots_are_pictures_with_something_on_them(folder: Path, name: str):
    picture = matplotlib.image.imread(folder / name)
    assert min(picture.shape[:2]) > 400
    assert 0.01 < (picture[..., :3].min(axis=2) < 0.9).mean() < 0.9


def test_plots_come_out_where_nothing_is_wrong_or_nothing_right(build: Build, tmp_path: Path):
    for predicted in ([0, 1, 2, 3], [1, 2, 3, 0]):
        write_report(evaluate_predictions(build([0, 1, 2, 3], predicted), MODEL), tmp_path)


def test_sides_have_their_tables_and_their_plot(
    evaluation: Evaluation, sides: Sides, tmp_path: Path
):
    write_report(replace(evaluation, sides=sides), tmp_path)
    page = (tmp_path / "evaluation.md").read_text(encoding="utf-8")
    for row in (
        r"\| all +\| +31 \| +1,234 \| 0\.050 \(0\.030–0\.080\) \| +0\.040 \(0\.020–0\.060\) \|",
        r"\| rainy +\| +0 \| +0 \| +– \| +– \|",
        r"\| North / South +\| +31 \| ",
        r"\| North / South .*-0\.040 \(-0\.060 to -0\.020\) \* \|",
        r"\| East / West .*\+0\.000 \(-0\.010 to \+0\.020\) \|",
        r"\| Up / Down +\| +3 \| +9 \| +0\.300 \(–\) \| +0\.020 \(–\) \|",
        r"\| Up / Down +\| +\+0\.000 \(–\) \|",
        r"Of 4 intervals .*, 1 exclude zero: rainy with North before South\.",
        r"\| Label before +\| Documents \|",
    ):
        assert re.search(row, page), row
    assert f"]({SIDES_PLOT})" in page
    picture = matplotlib.image.imread(tmp_path / SIDES_PLOT)
    assert 0.01 < (picture[..., :3].min(axis=2) < 0.9).mean() < 0.9


def test_sides_that_nobody_names_are_told(evaluation: Evaluation, sides: Sides, tmp_path: Path):
    write_report(replace(evaluation, sides=replace(sides, pairs=())), tmp_path)
    assert not (tmp_path / SIDES_PLOT).exists()
    page = (tmp_path / "evaluation.md").read_text(encoding="utf-8")
    assert "## Sides" in page
    assert SIDES_PLOT not in page


def test_the_summary_has_sides_where_they_were_swapped(evaluation: Evaluation, sides: Sides):
    console = Console(file=io.StringIO(), width=100)
    print_summary(replace(evaluation, sides=sides), console)
    assert "0.050 (0.030–0.080)" in console.file.getvalue()


def test_the_summary_is_printed(evaluation: Evaluation):
    console = Console(file=io.StringIO(), width=100)
    print_summary(evaluation, console)
    printed = console.file.getvalue()
    macro = evaluation.scores.labels.macro_f1
    for text in (
        "[small]",
        "annotator 1",
        f"{macro.value:.3f} ({macro.low:.3f}–",
        "95% right",
        "Errors marked",
    ):
        assert text in printed


def test_tables_are_aligned_and_escaped():
    table = Table(("", "F1"), [("a|b", "0.5"), ("longer", "–")])
    assert markdown_table(table).splitlines() == [
        "|        |  F1 |",
        "| ------ | --: |",
        "| a\\|b   | 0.5 |",
        "| longer |   – |",
    ]


def test_figures_that_are_not_defined_are_dashes(build: Build):
    nowhere = evaluate_predictions(build([0, 1], [1, 1]), MODEL)
    assert class_table(nowhere.scores.labels).rows[2] == ("said", "–", "–", "–", "0")
    assert coverage_table(nowhere).rows[-1] == ("90% right", "–", "–", "–")


def test_labels_without_leaves_are_told_once(build: Build):
    flat = Scheme.from_dict({"name": "flat", "labels": {"a": {}, "b": {}, "c": {}, "d": {}}})
    evaluation = evaluate_predictions(
        replace(build([0, 1, 2, 3], [0, 1, 2, 2]), scheme=flat), MODEL
    )
    assert system_table(evaluation).header == ("", "Macro-F1", "Accuracy")
    page = to_markdown(evaluation)
    assert "Leaves" not in page
    assert "## Kinds of text" not in page
    assert "## Review mark" not in page


def test_dollar_signs_in_labels_are_no_formulas(build: Build, tmp_path: Path):
    names = {r"over $\5$": {}, "under $5": {}}
    made = build([0, 1], [0, 1], scheme=Scheme.from_dict({"name": "price", "labels": names}))
    made = replace(made, leaf_logits=made.leaf_logits[:, :2])
    save_plots(evaluate_predictions(made, MODEL), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(PLOTS)
