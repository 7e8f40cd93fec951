"""Training on little data, with an encoder of hardly any size."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from transformers import AutoTokenizer, BertConfig, BertForTokenClassification, set_seed

from framelens.data import LabelledDocument, LabelledSentence, write_documents
from framelens.model import FramingClassifier
from framelens.model.artefact import Canary, Manifest
from framelens.training.base import PACKAGED, base_folder
from framelens.training.evaluation import Predictions
from framelens.training.fine_tuning import train
from framelens.training.run import Run, read_run
from framelens.training.settings import SettingsError, TrainSettings
from framelens.training.small_data import learn_from_few

WORDS = ["river", "harbour", "apple", "garden", "winter", "letter", "candle", "window"]
LABELS = ("angry", "calm")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder that knows nothing, with the packaged tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    set_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertForTokenClassification(config).save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(base_folder(PACKAGED))
    tokenizer.save_pretrained(folder)
    return folder


def settings(folder: Path, base: Path, data: Path, **changes: object) -> TrainSettings:
    scheme = folder / "tone.yaml"
    scheme.write_text("name: tone\nlabels: {angry: {}, calm: {}}\n")
    values: dict[str, object] = {
        "data": [data],
        "scheme": scheme,
        "base": str(base),
        "output": folder / "model",
        "review_accuracy": 0.5,
        "device": "cpu",
    }
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


def write(path: Path, *documents: LabelledDocument) -> Path:
    write_documents(path, documents)
    return path


def document(name: str, label: str, *lines: str, **metadata: str) -> LabelledDocument:
    """A sentence a line, the first of which is labelled."""
    sentence = LabelledSentence(0, len(lines[0]), label)
    return LabelledDocument(name, "\n".join(lines), (sentence,), metadata)


def told_by_words(count: int) -> list[LabelledDocument]:
    """Sentences whose label a word tells."""
    generator = np.random.default_rng(0)
    signs = {"angry": "never shout", "calm": "always smile"}
    return [
        document(f"{number}", label, f"They {signs[label]} near the {' '.join(words)}.")
        for number in range(count)
        for label in (LABELS[number % 2],)
        for words in (generator.choice(WORDS, 2),)
    ]


def told_by_nothing(*endings: str) -> list[LabelledDocument]:
    """Twenty sentences with labels drawn at random, each in a document for every ending."""
    generator = np.random.default_rng(1)
    pairs = [(generator.choice(WORDS, 5), LABELS[generator.integers(2)]) for _ in range(20)]
    return [
        document(f"{number}-{turn}", label, f"{' '.join(words)}.", *([ending] if ending else []))
        for number, (words, label) in enumerate(pairs)
        for turn, ending in enumerate(endings)
    ]


def learn(run: Run) -> tuple[Predictions | None, dict[str, object]]:
    """The cross-validated predictions, and how training went."""
    manifest = Manifest("tone", "0", 64, 1, 1.0, Canary("", {}), separators=True)
    with run.folders():
        _, outcome, answers = learn_from_few(run, run.draft, manifest)
    return answers, outcome


@pytest.fixture
def read(tmp_path: Path, base: Path) -> Callable[..., Run]:
    """Reads a run over documents."""

    def reading(documents: Sequence[LabelledDocument], **changes: object) -> Run:
        data = write(tmp_path / "data.jsonl", *documents)
        given = settings(tmp_path, base, data, **{"method": "frozen", **changes})
        return read_run(given, Console(quiet=True))

    return reading


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, base: Path) -> tuple[Path, str]:
    """A model of 24 sentences, and what its training said."""
    folder = tmp_path_factory.mktemp("trained")
    data = write(folder / "data.jsonl", *told_by_words(24))
    said = io.StringIO()
    chosen = settings(folder, base, data, contrastive_rate=5e-3)
    return train(chosen, Console(file=said, width=200)), said.getvalue()


def test_few_examples_make_a_model_that_knows_them(trained: tuple[Path, str]):
    model, said = trained
    assert "method: contrastive, since there are 12 examples a label, fewer than 64" in said
    classifier = FramingClassifier.load(model)
    answers = classifier.classify(["They never shout, near the harbour.", "I always smile there."])
    assert [each.sentences[0].label for each in answers] == ["angry", "calm"]


def test_its_figures_are_cross_validated(trained: tuple[Path, str]):
    model, said = trained
    manifest = FramingClassifier.load(model).artefact.manifest
    made = manifest.provenance["training"]
    assert (made["method"], made["folds"], made["steps"]) == ("contrastive", 3, 10)
    assert manifest.provenance["train"]["sentences"] == 24
    assert manifest.provenance["held_out"]["sentences"] == 0
    assert manifest.provenance["calibrated_with"] == {"engine": "torch", "precision": "f32"}
    assert manifest.profile is not None
    assert manifest.profile.held_out_sentences == 24
    assert "24 sentences in 24 documents" in said
    card = (model / "README.md").read_text()
    assert "The encoder learnt to tell the labels apart (contrastive fine-tuning); " in card
    assert "calibrated by cross-validation in 3 parts" in card
    assert "**cross-validation**: 24 sentences of 24 documents." in card


@pytest.mark.parametrize("endings", [("",), ("", ""), ("It rained.", "It was dry.")])
def test_no_answer_is_that_of_a_head_that_has_learnt_the_sentence(
    read: Callable[..., Run], endings: tuple[str, ...]
):
    answers, _ = learn(read(told_by_nothing(*endings)))
    assert answers is not None
    assert len(answers.labels) == 20 * len(endings)
    assert np.isfinite(answers.leaf_logits).all()
    right = (answers.predicted_labels == answers.labels).mean()
    assert right < 0.75, "labels drawn at random are not known beforehand"


def test_groups_are_held_out_together(read: Callable[..., Run], tmp_path: Path):
    documents = [
        replace(each, metadata={"author": f"{number // 4}"})
        for number, each in enumerate(told_by_words(24))
    ]
    answers, outcome = learn(read(documents, split="grouped", split_by="author"))
    assert outcome["folds"] == 5
    assert answers is not None
    documents = [replace(each, metadata={"author": each.sentences[0].label}) for each in documents]
    with pytest.raises(SettingsError, match="frozen needs two labels, in two documents or groups"):
        learn(read(documents, split="grouped", split_by="author", output=tmp_path / "other"))


def test_a_held_out_part_that_the_data_name_is_kept(read: Callable[..., Run]):
    documents = [
        replace(each, metadata={"part": "train" if number < 16 else "dev"})
        for number, each in enumerate(told_by_words(24))
    ]
    run = read(documents, split="fixed", split_by="part")
    assert {each.id for each in run.held_out} == {each.id for each in documents[16:]}
    answers, outcome = learn(run)
    assert answers is None
    assert outcome["folds"] == 0


def test_one_label_cannot_be_learnt(read: Callable[..., Run]):
    documents = [each for each in told_by_words(24) if each.sentences[0].label == "calm"]
    with pytest.raises(SettingsError, match="method: frozen needs two labels"):
        learn(read(documents))


def test_the_same_seed_gives_the_same_answers(read: Callable[..., Run], tmp_path: Path):
    documents = told_by_words(24)
    answers = [
        learn(read(documents, method="contrastive", output=tmp_path / name, seed=seed))[0]
        for name, seed in (("one", 0), ("again", 0), ("other", 1))
    ]
    logits = [each.leaf_logits for each in answers if each]
    assert np.array_equal(logits[0], logits[1])
    assert not np.array_equal(logits[0], logits[2])
