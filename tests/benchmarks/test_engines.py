"""What framelens is compared with gives framelens's answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from benchmarks.bare import BarePlan, run
from benchmarks.engines import _best_product
from benchmarks.ideal import operations_per_token
from benchmarks.plain_engines import PlainClassifier, batches, load_engine
from benchmarks.sentence_classifier import sentence_model
from framelens.model import Artefact, Document, FramingClassifier

TEXTS = [
    "The general said his men had crushed the enemy. Twelve people died in the strike.",
    "Velmora council votes to reopen the harbour\nWe have never been stronger, and they know it.",
    "“They shut us out of our own sea,” said Ilan Dor.  \n \n" + "It rained on the old pier. " * 40,
]


@pytest.fixture(scope="module")
def classifier() -> FramingClassifier:
    return FramingClassifier.load(engine="openvino", precision="f32")


@pytest.mark.parametrize(("engine", "file"), [("torch", "."), ("openvino", "model.onnx")])
def test_a_plain_engine_gives_the_same_labels(
    classifier: FramingClassifier, engine: str, file: str
):
    artefact = classifier.artefact
    network = (artefact.folder / file).resolve()
    run_network = load_engine(engine, "f32", network)
    labels, tokens = PlainClassifier(artefact, run_network, artefact.manifest.window)(TEXTS)
    expected = [each for result in classifier.classify(TEXTS) for each in result.sentences]
    assert labels == [sentence.label for sentence in expected]
    assert tokens == sum(sentence.tokens for sentence in expected)


def test_the_sentence_classifier_answers_as_framelens_does(classifier: FramingClassifier):
    model = sentence_model(classifier.artefact)
    tokenizer = AutoTokenizer.from_pretrained(classifier.artefact.folder)
    sentences = [each.text for text in TEXTS for each in classifier.classify(text).sentences][:6]
    with torch.inference_mode():
        inputs = tokenizer(sentences, padding=True, return_tensors="pt")
        scores = model(**inputs).logits.softmax(dim=1).numpy()
    single = classifier.classify([Document(sentences=[sentence]) for sentence in sentences])
    expected = [list(result.sentences[0].scores.values()) for result in single]
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_batches_are_padded_and_bounded():
    windows = [np.ones(length, dtype=np.int64) for length in (3, 30, 33, *[120] * 40)]
    made = list(batches(windows))
    assert [ids.shape for ids, _ in made] == [(32, 128), (11, 128)]
    assert sum(int(mask.sum()) for _, mask in made) == sum(map(len, windows))


def test_the_bare_classifier_is_measured_call_by_call_for_one_client():
    requests = [["It rained."], ["We won.", "He said so."]]
    plan = BarePlan("framing", requests, clients=1, warm_up=0, seconds=0.05)
    outcome = run(plan)
    assert outcome.sentences == pytest.approx(1.5 * outcome.requests, rel=0.5)
    assert 0 < outcome.p50 <= outcome.p99


def test_operations_are_those_of_the_matrix_products(tmp_path: Path):
    config = {"hidden_size": 4, "intermediate_size": 10, "num_hidden_layers": 3}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    projections, feed_forward, attention = 4 * 4 * 4, 2 * 4 * 10, 2 * 8 * 4
    expected = 2 * 3 * (projections + feed_forward + attention)
    assert operations_per_token(tmp_path, window=8) == expected


def test_artefacts_are_of_an_architecture_whose_operations_are_known():
    assert operations_per_token(Artefact.load("framing").folder, 128) > 1e6


def test_what_a_format_allows_is_no_less_than_what_a_wider_one_does():
    fast = {"f32": 1.0, "bf16": 8.0, "int8": 16.0}
    assert [_best_product(name, fast) for name in fast] == [1.0, 8.0, 16.0]
    slow = {"f32": 1.0, "bf16": 0.1, "int8": 0.01}
    assert [_best_product(name, slow) for name in slow] == [1.0, 1.0, 1.0]
