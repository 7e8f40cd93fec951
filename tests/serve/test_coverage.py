"""What an answer says of the text's language, and of the tokens that were read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.answers import DocumentAnswer
from framelens.serve.coverage import UNDETERMINED, identify_language
from framelens.serve.thresholds import model_thresholds

GERMAN = "Die Stadt ist gefallen, und niemand kam uns zu Hilfe."


@pytest.mark.parametrize(
    ("text", "code", "supported"),
    [
        ("Nine houses burned down. Nobody was hurt.", "en", True),
        ("They took our orchards!", "en", True),
        (GERMAN, "de", False),
        ("我们赢了", "zh", False),
        ("\0\x7f\ufdd0 \U0010ffff", UNDETERMINED, None),
        ("It rained\0, and nobody\x7f came.", "en", True),
        ("3:1 🎉", UNDETERMINED, None),
        ("", UNDETERMINED, None),
    ],
)
def test_the_language_is_told_or_not(text: str, code: str, supported: bool | None):
    language = identify_language([text])
    assert (language.code, language.supported) == (code, supported)
    assert 0 <= language.share <= 1


def test_only_the_beginning_of_a_text_is_read():
    english = "We will never forget how you abandoned us. " * 50
    parts = iter([english, GERMAN, GERMAN])
    assert identify_language(parts) == identify_language([english[:2_000]])
    assert list(parts) == [GERMAN, GERMAN]


def test_each_document_has_its_own(client: TestClient):
    request = {
        "documents": [
            {"text": "It rained, and nobody came."},
            {"sentences": ["Die Stadt ist gefallen.", "Niemand kam uns zu Hilfe."]},
            {"text": " "},
            {"text": "\ud800"},
        ]
    }
    headers = {"content-type": "application/json"}
    response = client.post("/v1/classify", content=json.dumps(request), headers=headers)
    documents = response.json()["documents"]
    languages = [document["language"] for document in documents]
    assert [language and language["code"] for language in languages] == ["en", "de", None, None]
    assert [language and language["supported"] for language in languages[:2]] == [True, False]


def test_a_long_sentence_is_read_to_its_end(client: TestClient, classifier: FramingClassifier):
    text = "and we won " * classifier.artefact.manifest.window
    [document] = client.post("/v1/classify", json={"text": text}).json()["documents"]
    assert document["tokens"] == sum(sentence["tokens"] for sentence in document["sentences"])
    assert document["tokens"] == document["tokens_scored"] > classifier.artefact.manifest.window
    assert document["truncated"] is False


def test_what_is_not_read_is_not_silent(classifier: FramingClassifier):
    result = classifier.classify("It rained.")
    [sentence] = result.sentences
    cut = replace(result, sentences=(replace(sentence, tokens_scored=1),))
    answer = DocumentAnswer.of(cut, model_thresholds(classifier.artefact.manifest))
    assert (answer.tokens, answer.tokens_scored) == (sentence.tokens, 1)
    assert answer.truncated
