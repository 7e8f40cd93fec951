"""The text that a model is made from, counted by hand."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import DEFAULT, Scheme, TextProfile, find_artefact
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.evaluation import Predictions
from framelens.training.text_profile import profile_text

SCHEME = Scheme.from_dict(
    {
        "name": "weather",
        "labels": {"sunny": {}, "said": {}},
        "leaves": {
            "sun": {"label": "sunny"},
            "said_sun": {"label": "said"},
            "said_rain": {"label": "said"},
        },
    }
)
COUNT = 11


@pytest.fixture(scope="module")
def profile() -> TextProfile:
    """Four fitted sentences; eleven held-out ones of one to eleven tokens."""
    labels = ("sun", "said_sun", "said_rain", "said_rain")
    sentences = tuple(LabelledSentence(n, n + 1, label) for n, label in enumerate(labels))
    certainties = np.linspace(0.6, 0.8, COUNT)
    rest = (1 - certainties) / 2
    leaves = np.stack([rest, certainties, rest], axis=1)
    leaves[:2] = leaves[:2][:, [1, 0, 2]]
    predictions = Predictions(
        scheme=SCHEME,
        leaf_logits=np.log(leaves),
        temperature=1.0,
        leaf_labels=np.zeros(COUNT, dtype=int),
        documents=np.zeros(COUNT, dtype=int),
        kinds=["news"] * COUNT,
        texts=["so " * n for n in range(1, COUNT + 1)],
        votes=[()] * COUNT,
    )
    tokenizer = SentenceTokenizer(find_artefact(DEFAULT) / "tokenizer.json")
    return profile_text([LabelledDocument("one", "abcd", sentences)], predictions, tokenizer)


def test_annotated_shares_are_of_public_labels(profile: TextProfile):
    assert profile.sentences == 4
    assert profile.annotated == {"sunny": 0.25, "said": 0.75}


def test_answers_are_those_to_the_held_out_sentences(profile: TextProfile):
    assert profile.held_out_sentences == COUNT
    assert profile.predicted == pytest.approx({"sunny": 2 / COUNT, "said": 9 / COUNT})


def test_deciles(profile: TextProfile):
    assert profile.tokens == pytest.approx(range(2, 11))
    # The first two answer "sunny" with 0.60 and 0.62, the others "said" with 0.82 to 0.90.
    assert profile.confidence[0] == pytest.approx(0.62)
    assert profile.confidence[1:] == pytest.approx(np.linspace(0.82, 0.89, 8))


def test_json_keeps_it(profile: TextProfile):
    assert TextProfile.from_dict(json.loads(json.dumps(asdict(profile)))) == profile
