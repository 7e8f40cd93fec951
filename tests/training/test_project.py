"""What labelled data ask of a run, and the folder that is written for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from framelens.data import read_corpus
from framelens.data.intake import Choices, find_out, read_intake
from framelens.model import Scheme
from framelens.training.advice import Advice, advise
from framelens.training.method import choose_method
from framelens.training.parts import read_parts
from framelens.training.project import write_project
from framelens.training.settings import SettingsError, TrainSettings, read_settings

Start = Callable[..., tuple[Path, list[Advice]]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Write a folder for the rows of a table, and say what is advised."""
    monkeypatch.chdir(tmp_path)

    def write(
        header: str, rows: list[str], folder: str = "weather", **given: Any
    ) -> tuple[Path, list[Advice]]:
        Path("a.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
        intake = read_intake(["a.csv"], "weather", Choices(**given))
        findings = find_out(intake)
        advice = advise(intake, findings)
        write_project(Path(folder), intake, findings, advice)
        return Path(folder), advice

    return write


def rows(count: int, *more: Callable[[int], str]) -> list[str]:
    return [
        ",".join(
            [f"On day {n} it was so and so.", "wet" if n % 2 else "dry", *(f(n) for f in more)]
        )
        for n in range(count)
    ]


def chosen(advice: list[Advice]) -> dict[str, Any]:
    return {name: value for each in advice for name, value in each.settings.items()}


def test_the_folder_can_be_trained_in(start: Start):
    folder, _ = start("text,label", rows(40))
    settings = read_settings(folder / "train.yaml", {})
    defaults = TrainSettings(data=settings.data, output=settings.output)
    assert settings == TrainSettings(
        data=[folder / "documents.jsonl"],
        scheme=folder / "scheme.yaml",
        output=folder / "model",
        name="weather",
        version="0.1.0",
    )
    assert settings.split == defaults.split
    scheme = Scheme.from_file(settings.scheme)
    assert scheme.label_names == ("dry", "wet")
    assert len(read_corpus(settings.data, scheme)) == 40


def test_the_folder_may_have_any_name(start: Start):
    folder, _ = start("text,label", rows(40), folder="rain, snow: [all] #1")
    settings = read_settings(folder / "train.yaml", {})
    assert settings.data == [folder / "documents.jsonl"]
    assert (settings.output, settings.name) == (folder / "model", folder.name)


def test_the_files_explain_themselves(start: Start):
    folder, _ = start("text,label", rows(40))
    settings = (folder / "train.yaml").read_text()
    assert "# framelens train --settings" not in settings
    assert "framelens train --settings weather/train.yaml" in settings
    assert "# learning_rate: 0.00015" in settings
    scheme = (folder / "scheme.yaml").read_text()
    assert "  dry:  # 20 sentences\n" in scheme
    for line in (settings + scheme).splitlines():
        assert len(line) <= 100


@pytest.mark.parametrize(
    ("header", "count", "more", "settings"),
    [
        ("text,label", 40, [], {"split": "random"}),
        ("text,label", 600, [], {"split": "random", "test_share": 0.2}),
        (
            "text,label,split",
            40,
            [lambda n: "train" if n < 30 else "test"],
            {"split": "fixed", "split_by": "split"},
        ),
        (
            "text,label,outlet",
            40,
            [lambda n: f"paper {n % 6}"],
            {"split": "grouped", "split_by": "outlet"},
        ),
        ("text,label,day", 40, [lambda n: f"2024-05-{n % 28 + 1:02}"], {"split": "random"}),
        (
            "text,label,day",
            600,
            [lambda n: f"2024-05-{n % 28 + 1:02}"],
            {"split": "time", "split_by": "day", "test_share": 0.2},
        ),
    ],
)
def test_splits(start: Start, header: str, count: int, more: list[Any], settings: dict[str, Any]):
    folder, advice = start(header, rows(count, *more))
    assert chosen(advice) == {"method": "auto", **settings}
    read = read_settings(folder / "train.yaml", {})
    assert {name: getattr(read, name) for name in settings} == settings


def texts(advice: list[Advice]) -> str:
    return "\n".join(each.text for each in advice)


def test_labels_with_too_few(start: Start):
    _, advice = start("text,label", [*rows(40), "It hails.,odd"])
    assert "'odd' has 1 sentence: with fewer than 8" in texts(advice)
    assert "still missing are dry 180, wet 180, odd 199" in texts(advice)


def test_enough_labels_and_one_of_them_rare(start: Start):
    _, advice = start("text,label", [*rows(2400), *(f"It hails on {n}.,odd" for n in range(200))])
    assert "every label has 200 sentences or more" in texts(advice)
    assert chosen(advice)["class_weighting"] == "inverse-sqrt"


def test_long_texts_and_texts_of_several_sentences(start: Start):
    long = "word " * 120
    _, advice = start(
        "text,label", [f"{long}. More.,{'wet' if n % 2 else 'dry'}" for n in range(9)]
    )
    assert chosen(advice)["window"] == 256
    assert "9 of 9 labelled texts hold several sentences" in texts(advice)


def test_annotators_who_differ(start: Start):
    lines = [
        f"{n // 2},It rains {n // 2}.,{'wet' if n % 3 else 'dry'},{'ab'[n % 2]}" for n in range(40)
    ]
    folder, advice = start("id,text,label,annotator", lines)
    assert chosen(advice)["soft_labels"] is True
    assert yaml.safe_load((folder / "train.yaml").read_text())["soft_labels"] is True


@pytest.mark.parametrize(
    ("count", "method", "figures"),
    [
        (40, "contrastive, since there are 20 examples a label", "held out in turn"),
        (200, "fine-tune, since there are 100 examples a label", "flatter a little"),
    ],
)
def test_methods(start: Start, count: int, method: str, figures: str):
    _, advice = start("text,label", rows(count))
    assert method in texts(advice)
    assert figures in texts(advice)


@pytest.mark.parametrize(
    ("header", "count", "more", "examples"),
    [
        ("text,label", 560, [], 56),
        ("text,label,split", 560, [lambda n: "test" if n < 80 else "train"], 60),
        ("text,label,outlet", 560, [lambda n: f"paper {n % 50}"], 56),
    ],
)
def test_the_method_is_that_of_the_run(
    start: Start, header: str, count: int, more: list[Any], examples: int
):
    lines = [
        ",".join([f"On day {n} it was so and so.", f"sky {n % 8}", *(f(n) for f in more)])
        for n in range(count)
    ]
    folder, advice = start(header, lines)
    settings = read_settings(folder / "train.yaml", {})
    scheme = Scheme.from_file(folder / "scheme.yaml")
    method, reason = choose_method(settings, read_parts(settings, scheme).whole, scheme)
    assert reason == f"since there are {examples} examples a label, fewer than 64"
    assert f"the method is {method}, {reason}" in texts(advice)


def test_data_that_cannot_be_split(start: Start):
    given = {"columns": {"group": ("outlet",)}}
    _, advice = start("text,label,outlet", rows(40, lambda n: "paper"), **given)
    assert "no model can be trained yet: holding out 10% of the sentences leaves" in texts(advice)


def test_any_number_of_labels(start: Start):
    folder, _ = start("text,label", [*rows(20), "It rains and shines.,wet|dry", "He slept.,"])
    scheme = Scheme.from_file(folder / "scheme.yaml")
    assert scheme.multi_label
    assert len(read_corpus([folder / "documents.jsonl"], scheme)) == 22


@pytest.mark.parametrize("label", ["0", "no", "null", "a: b", "#1", "'quoted'", "übel", "[x]", "-"])
def test_any_label_is_a_name(start: Start, label: str):
    folder, _ = start(
        "text,label", [*rows(10), f"It hails.,{label}"], columns={"label": ("label",)}
    )
    scheme = Scheme.from_file(folder / "scheme.yaml")
    assert label in scheme.label_names


def test_a_scheme_that_is_given_is_kept(start: Start):
    content = {"name": "sky", "labels": {"wet": {"definition": "Rain."}, "dry": {"definition": ""}}}
    given = Scheme.from_dict(content)
    folder, _ = start("text,label", rows(10), scheme=given)
    assert Scheme.from_file(folder / "scheme.yaml") == given


def test_a_folder_that_exists(start: Start):
    start("text,label", rows(10))
    with pytest.raises(SettingsError, match="--out: weather exists"):
        start("text,label", rows(10))
