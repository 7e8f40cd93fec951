"""From the seed documents to a served answer, and training that can be relied on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from starlette.testclient import TestClient
from transformers import TrainerState
from typer.testing import CliRunner

from framelens.data import read_corpus
from framelens.model import ENGINES, Artefact, FramelensError, FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.commands import app
from framelens.training.base import BaseError
from framelens.training.card import write_card
from framelens.training.evaluation import evaluate
from framelens.training.fine_tuning import train
from framelens.training.progress import ProgressBar
from framelens.training.settings import SettingsError, TrainSettings

SEEDS = Path(__file__).parents[2] / "seeds"
CONSOLE = Console(quiet=True)
WEIGHTS = "model.safetensors"

Settings = Callable[..., TrainSettings]


@pytest.fixture(scope="module")
def settings(tiny_base: Path) -> Settings:
    def small(output: Path, **changes: object) -> TrainSettings:
        values: dict[str, object] = {
            "data": [SEEDS / "documents" / "wire.jsonl"],
            "scheme": SEEDS / "schemes" / "framing.yaml",
            "output": output,
            "base": str(tiny_base),
            "method": "fine-tune",
            "epochs": 1,
            "review_accuracy": 0.5,
            "device": "cpu",
        }
        return TrainSettings(**(values | changes))  # type: ignore[arg-type]

    return small


@pytest.fixture(scope="module")
def trained(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(settings(tmp_path_factory.mktemp("train") / "model"), CONSOLE)


def test_the_artefact_answers_and_its_canary_sings(trained: Path):
    classifier = FramingClassifier.load(trained)
    manifest = classifier.artefact.manifest
    scores = classifier.classify(manifest.canary.text).sentences[0].scores
    assert scores == pytest.approx(dict(manifest.canary.scores), abs=1e-6)
    assert manifest.temperature != 1.0


def test_the_network_computes_what_the_weights_do(trained: Path):
    sentences = [["We won.", "They said that they had lost."]]
    engines = [FramingClassifier.load(trained, name, "f32") for name in ENGINES]
    logits = [each.sentence_logits(sentences)[0] for each in engines]
    for other in logits[1:]:
        assert other == pytest.approx(logits[0], abs=1e-4)


def test_the_review_threshold_and_the_profile_are_recorded(trained: Path):
    artefact = FramingClassifier.load(trained).artefact
    threshold, profile = artefact.manifest.review_below, artefact.manifest.profile
    assert 0 < threshold <= 1
    facts = artefact.manifest.provenance
    assert profile.sentences == facts["train"]["sentences"]
    assert profile.held_out_sentences == facts["held_out"]["sentences"]
    for shares in (profile.annotated, profile.predicted):
        assert tuple(shares) == artefact.scheme.label_names
        assert sum(shares.values()) == pytest.approx(1)
    for deciles in (profile.confidence, profile.tokens):
        assert len(deciles) == 9
        assert list(deciles) == sorted(deciles)


def test_provenance_tells_how_to_repeat_it(trained: Path):
    facts = json.loads((trained / "framelens.json").read_text())["provenance"]
    assert facts["settings"]["seed"] == 0
    assert [file["name"] for file in facts["files"]] == ["wire.jsonl"]
    assert facts["calibrated_with"]["engine"] == "openvino"
    assert facts["training"]["device"] == "cpu"
    assert facts["train"]["documents"] + facts["held_out"]["documents"] == 18
    assert {"torch", "transformers", "python"} <= set(facts["versions"])


def test_the_card_names_labels_and_figures(trained: Path):
    card = (trained / "README.md").read_text()
    for name in FramingClassifier.load(trained).artefact.scheme.label_names:
        assert f"**{name}**" in card
    assert "macro-F1" in card
    threshold = Artefact.load(trained).manifest.review_below
    assert f"A sentence with a confidence below {threshold:.3f} is marked" in card
    for row in (
        "annotated, ",
        "answered, ",
        "confidence ",
        "tokens in a sentence ",
        "base encoder ",
        "scheme ",
        "versions ",
    ):
        assert f"\n| {row}" in card
    assert "$" not in card


def test_the_card_of_a_model_without_a_threshold_says_so(trained: Path, tmp_path: Path):
    classifier = FramingClassifier.load(trained)
    manifest = replace(classifier.artefact.manifest, review_below=None)
    artefact = replace(classifier.artefact, manifest=manifest)
    corpus = read_corpus([SEEDS / "documents" / "speech.jsonl"], artefact.scheme)
    evaluation = evaluate(FramingClassifier(artefact, classifier.engine), corpus)
    write_card(tmp_path, artefact, {"test": evaluation})
    card = (tmp_path / "README.md").read_text()
    assert "No threshold of confidence makes 50.0% of the unmarked held-out answers right" in card


def test_a_model_of_unknown_origin_gets_no_card(trained: Path, tmp_path: Path):
    model = tmp_path / "model"
    shutil.copytree(trained, model)
    manifest = FramingClassifier.load(model).artefact.manifest
    Artefact.seal(model, replace(manifest, provenance={}))
    data = str(SEEDS / "documents" / "speech.jsonl")
    result = CliRunner().invoke(app, ["card", str(model), data])
    assert result.exit_code == 1
    assert "its provenance has no 'git_revision', 'held_out', " in result.output


def test_two_test_files_of_one_name_are_refused(settings: Settings, tmp_path: Path):
    paths = [SEEDS / "documents" / "speech.jsonl", tmp_path / "speech.jsonl"]
    with pytest.raises(SettingsError, match="another test file is called 'speech' too"):
        train(settings(tmp_path / "model", test=paths), CONSOLE)


def test_nothing_is_left_beside_the_artefact(trained: Path):
    assert [path.name for path in trained.parent.iterdir()] == ["model"]


def test_the_same_seed_gives_the_same_weights(settings: Settings, trained: Path, tmp_path: Path):
    again = train(settings(tmp_path / "again"), CONSOLE)
    assert (again / WEIGHTS).read_bytes() == (trained / WEIGHTS).read_bytes()


def test_an_interrupted_run_goes_on_and_ends_as_if_it_had_not_been(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    small = {"data": [SEEDS / "documents" / "opinion.jsonl"], "epochs": 2}
    whole = train(settings(tmp_path / "whole", **small), CONSOLE)

    def interrupt(
        _: ProgressBar, args: object, state: TrainerState, *others: object, **named: object
    ) -> None:
        if (state.epoch or 0) > 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "on_step_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(settings(tmp_path / "cut", **small), CONSOLE)
    assert not (tmp_path / "cut.draft").exists()
    with pytest.raises(SettingsError, match="go on with --resume, or remove it"):
        train(settings(tmp_path / "cut", **small), CONSOLE)
    resumed = train(settings(tmp_path / "cut", resume=True, **small), CONSOLE)
    assert (resumed / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()


def test_an_existing_output_is_kept(settings: Settings, trained: Path):
    with pytest.raises(SettingsError, match="exists; name a new folder or remove it"):
        train(settings(trained), CONSOLE)


def test_there_is_nothing_to_resume(settings: Settings, tmp_path: Path):
    with pytest.raises(SettingsError, match="resume: there is no finished epoch"):
        train(settings(tmp_path / "model", resume=True), CONSOLE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base": "no/such/encoder"}, "base: cannot load 'no/such/encoder'"),
        ({"window": 1024}, "window: 1024 is more than the 128 tokens"),
        ({"scheme": Path("none.yaml")}, "none.yaml: cannot read the scheme"),
        ({"held_out_from": "kind=poem"}, "held"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    settings: Settings, tmp_path: Path, changes: dict[str, object], message: str
):
    with pytest.raises(FramelensError) as raised:
        train(settings(tmp_path / "model", **changes), CONSOLE)
    assert message in str(raised.value)
    assert [*tmp_path.iterdir()] == []


def test_what_was_trained_is_evaluated_and_served(trained: Path, tmp_path: Path):
    data = str(SEEDS / "documents" / "speech.jsonl")
    command = ["evaluate", str(trained), data, "--output", str(tmp_path)]
    assert CliRunner().invoke(app, command).exit_code == 0
    report = (tmp_path / "evaluation.md").read_text()
    classifier = FramingClassifier.load(trained)
    with TestClient(create_app(classifier)) as client:
        assert client.get("/readyz").status_code == 200
        answer = client.post("/v1/classify", json={"text": "We won. They lost."}).json()
    assert answer["model"]["sha256"] == classifier.artefact.manifest.sha256
    assert answer["model"]["sha256"] in report
    assert len(answer["documents"][0]["sentences"]) == 2


def test_attribution_is_learnt_first(settings: Settings, trained: Path, tmp_path: Path):
    path = tmp_path / "attributions.parquet"
    said = {"source": [[0, 3]], "cue": [[4, 8]], "content": [[9, 22]]}
    rows = {"text": ["Ada said it would snow."] * 40, "attributions": [[said]] * 40}
    pq.write_table(pa.table(rows), path)
    model = train(settings(tmp_path / "model", attribution=path), CONSOLE)
    facts = json.loads((model / "framelens.json").read_text())["provenance"]
    assert facts["settings"]["attribution"] == "attributions.parquet"
    assert (model / WEIGHTS).read_bytes() != (trained / WEIGHTS).read_bytes()


def test_another_run_is_not_resumed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    small = {"data": [SEEDS / "documents" / "channels.jsonl"]}
    with monkeypatch.context() as patch:
        patch.setattr("framelens.training.fine_tuning.export_model", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(settings(tmp_path / "model", **small), CONSOLE)
    with pytest.raises(SettingsError, match="had other settings, data or processes"):
        train(settings(tmp_path / "model", resume=True, seed=1, **small), CONSOLE)


def test_a_card_is_written_anew_and_the_answers_stay(trained: Path, tmp_path: Path):
    model, errors = tmp_path / "model", tmp_path / "errors.md"
    shutil.copytree(trained, model)
    errors.write_text("model: framing 0.0.0\n\nIt takes shouting for boasting.\n", encoding="utf-8")
    data = [str(SEEDS / "documents" / f"{name}.jsonl") for name in ("channels", "speech")]
    command = ["card", str(model), *data, "--known-errors", str(errors)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "## Known kinds of error\n\nIt takes shouting for boasting.\n" in card
    assert "**channels**: " in card
    assert "**speech**: " in card
    old, new = (FramingClassifier.load(folder) for folder in (trained, model))
    assert new.artefact.manifest.sha256 != old.artefact.manifest.sha256
    assert new.classify("We won.") == old.classify("We won.")


def test_masked_words_come_first(settings: Settings, trained: Path, tmp_path: Path):
    texts = tmp_path / "texts.parquet"
    sentence = "The ferry of the island carried boxes of apples."
    pq.write_table(pa.table({"text": [sentence] * 40}), texts)
    model = train(settings(tmp_path / "model", adaptation=texts), CONSOLE)
    assert (model / WEIGHTS).read_bytes() != (trained / WEIGHTS).read_bytes()
    facts = json.loads((model / "framelens.json").read_text())["provenance"]
    assert [file["name"] for file in facts["files"]] == ["wire.jsonl", "texts.parquet"]
    assert "guessed masked words of `texts.parquet`" in (model / "README.md").read_text()


def test_texts_too_short_to_learn_from_are_refused(settings: Settings, tmp_path: Path):
    texts = tmp_path / "texts.parquet"
    pq.write_table(pa.table({"text": ["Rain."]}), texts)
    with pytest.raises(SettingsError, match="has no text of 8 tokens or more"):
        train(settings(tmp_path / "model", adaptation=texts), CONSOLE)
    assert [*tmp_path.iterdir()] == [texts]


def test_sides_are_swapped_in_training_and_others_in_the_evaluation(
    settings: Settings, trained: Path, tmp_path: Path
):
    swaps = tmp_path / "swaps.yaml"
    sides = "{A: {state: [Sarvan]}, B: {state: [Terembe]}, C: {state: [Nkumbasa]}}"
    pairs = "pairs: [[A, B]]\ntraining_pairs: [[A, C], [B, C]]"
    swaps.write_text(f"roles: {{state: }}\nsides: {sides}\n{pairs}\n")
    model = train(settings(tmp_path / "model", swaps=swaps, swap_share=1.0), CONSOLE)
    assert (model / WEIGHTS).read_bytes() != (trained / WEIGHTS).read_bytes()
    facts = json.loads((model / "framelens.json").read_text())["provenance"]
    assert facts["settings"]["swap_share"] == 1.0
    assert "adaptation_epochs" not in facts["settings"]
    card = (model / "README.md").read_text()
    assert facts["settings"]["consistency"] == 1.0
    assert "In 100% of the documents that name sides of `swaps.yaml`, two were swapped" in card
    assert "learnt twice, as they are and swapped, and the two answers to a sentence kept" in card
    assert "## Sides" in card


def test_a_smaller_student_learns_its_teachers_answers(
    settings: Settings, trained: Path, tmp_path: Path
):
    texts = tmp_path / "texts.parquet"
    pq.write_table(pa.table({"text": ["The ferry carried apples. It was late."] * 8}), texts)
    changes = {"base": str(trained), "layers": 1, "teacher": trained, "unlabelled": texts}
    student = train(settings(tmp_path / "student", **changes), CONSOLE)
    config = json.loads((student / "config.json").read_text())
    assert config["num_hidden_layers"] == 1
    facts = json.loads((student / "framelens.json").read_text())["provenance"]
    assert facts["settings"]["teacher"] == trained.name
    assert facts["teacher"]["sha256"] == Artefact.load(trained).manifest.sha256
    card = (student / "README.md").read_text()
    assert "keeps 1 of its base's layers" in card
    assert (
        "the answers of `framing` 0.0.0 to every sentence, also to those of `texts.parquet`" in card
    )


def test_a_teacher_that_may_know_the_held_out_part_is_refused(
    settings: Settings, trained: Path, tmp_path: Path
):
    with pytest.raises(SettingsError, match="may have learnt the held-out sentences"):
        train(settings(tmp_path / "student", teacher=trained, seed=1), CONSOLE)
    with pytest.raises(SettingsError, match=r"the leaves of .* are not those of the scheme"):
        train(settings(tmp_path / "student", teacher=trained, **two_labels(tmp_path)), CONSOLE)
    with pytest.raises(BaseError, match="layers: 3 cannot be kept of the 2 that the base has"):
        train(settings(tmp_path / "student", layers=3), CONSOLE)
    assert not (tmp_path / "student").exists()


def test_single_sentences_of_another_task_are_learnt_and_read_alone(
    settings: Settings, trained: Path, tmp_path: Path
):
    changes = {**two_labels(tmp_path), "base": str(trained), "test_share": 0.2}
    data = tmp_path / "tone.csv"
    rows = (f"I shout {n}!,angry\nI do not {n}.,calm\n" for n in range(20))
    data.write_text(f"text,label\n{''.join(rows)}", encoding="utf-8")
    model = train(settings(tmp_path / "model", **changes), CONSOLE)
    facts = json.loads((model / "framelens.json").read_text())["provenance"]
    assert facts["base_artefact"]["sha256"] == Artefact.load(trained).manifest.sha256
    assert (facts["settings"]["base"], facts["settings"]["context"]) == (trained.name, "sentence")
    assert (facts["train"]["sentences"], facts["held_out"]["sentences"]) == (29, 3)
    card = (model / "README.md").read_text()
    assert "**test part**: 8 sentences of 8 documents." in card
    assert "every sentence goes through the encoder alone" in card
    classifier = FramingClassifier.load(model)
    alone = classifier.classify("I shout!").sentences[0].scores
    among = classifier.classify("We left. I shout! We came.").sentences[1].scores
    assert among == pytest.approx(alone, abs=1e-4)


def test_a_base_that_may_know_the_held_out_part_is_refused(
    settings: Settings, trained: Path, tmp_path: Path
):
    with pytest.raises(SettingsError, match=r"base: .*model has learnt from wire\.jsonl"):
        train(settings(tmp_path / "next", base=str(trained), seed=1), CONSOLE)


def two_labels(folder: Path) -> dict[str, object]:
    """Data and scheme of another task."""
    data, scheme = folder / "tone.csv", folder / "tone.yaml"
    data.write_text("text,label\n" + "I shout!,angry\nI do not.,calm\n" * 20)
    scheme.write_text("name: tone\nlabels: {angry: {}, calm: {}}\n")
    return {"data": [data], "scheme": scheme}
