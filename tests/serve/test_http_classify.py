"""POST /v1/classify, through a real server."""

from __future__ import annotations

import httpx2
import pytest

from framelens.model import FramingClassifier

TEXT = "The crowd 🎉 cheered.\nShe said: “We will not be beaten — ever.” Nine houses burned. Łódź!"


def classify(http: httpx2.Client, **request: object) -> list[dict]:
    response = http.post("/v1/classify", json=request)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    return response.json()["documents"]


def test_answer_is_what_the_classifier_says(http: httpx2.Client, classifier: FramingClassifier):
    [document] = classify(http, text=TEXT, options={"evidence": True})
    expected = classifier.classify(TEXT, evidence=True)
    assert document["id"] is None
    assert document["error"] is None
    assert len(document["sentences"]) == len(expected.sentences) > 2
    for sentence, result in zip(document["sentences"], expected.sentences, strict=True):
        assert (sentence["begin"], sentence["end"]) == (result.begin, result.end)
        assert sentence["text"] == result.text
        assert sentence["label"] == result.label
        assert sentence["confidence"] == result.confidence == sentence["scores"][result.label]
        assert sentence["review"] == result.review
        assert sentence["scores"] == result.scores
        assert sum(sentence["scores"].values()) == pytest.approx(1)
        assert sentence["tokens"] == sentence["tokens_scored"] == result.tokens
        frame = result.frame and {
            "label": result.frame.label,
            "confidence": result.frame.confidence,
        }
        assert sentence["frame"] == frame
        assert sentence["evidence"]["bias"] == result.evidence.bias
        words = [
            {"begin": w.begin, "end": w.end, "text": w.text, "contribution": w.contribution}
            for w in result.evidence.words
        ]
        assert sentence["evidence"]["words"] == words


def test_answer_names_the_model(http: httpx2.Client, classifier: FramingClassifier):
    manifest = classifier.artefact.manifest
    answer = http.post("/v1/classify", json={"text": "Hello."}).json()
    assert answer["model"] == {
        "name": manifest.name,
        "version": manifest.version,
        "sha256": manifest.sha256,
        "weights_sha256": manifest.files["model.safetensors"],
        "calibration": manifest.calibration,
    }
    assert answer["engine"] == {"name": "openvino", "precision": "f32"}
    assert answer["software"].keys() == {"framelens", "nupunkt", "openvino", "tokenizers"}


@pytest.mark.parametrize(
    ("unit", "encoding", "width"),
    [("utf32", "utf-32-le", 4), ("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)],
)
def test_offsets_count_in_the_unit_asked_for(
    http: httpx2.Client, unit: str, encoding: str, width: int
):
    [document] = classify(http, text=TEXT, options={"offsets": unit, "evidence": True})
    encoded = TEXT.encode(encoding)
    spans = [
        *document["sentences"],
        *(w for s in document["sentences"] for w in s["evidence"]["words"]),
    ]
    for span in spans:
        assert encoded[span["begin"] * width : span["end"] * width].decode(encoding) == span["text"]


def test_the_same_split_gives_the_same_scores(http: httpx2.Client):
    lines = ["The crowd cheered.", "She said so.", "Nine houses burned.", "We shall win!"]
    by_text, by_sentences = classify(
        http, documents=[{"text": "\n".join(lines)}, {"sentences": lines}]
    )
    assert by_text == by_sentences


def test_the_callers_sentences_are_kept(http: httpx2.Client):
    sentences = ["One. Two! Three?", "no stop", "a\nb", " x "]
    [document] = classify(http, documents=[{"id": "kept", "sentences": sentences}])
    assert [sentence["text"] for sentence in document["sentences"]] == sentences
    joined = "\n".join(sentences)
    for sentence in document["sentences"]:
        assert joined[sentence["begin"] : sentence["end"]] == sentence["text"]


def test_a_document_that_cannot_be_scored_leaves_the_others(http: httpx2.Client):
    documents = classify(
        http,
        documents=[
            {"id": "a", "text": "Hello there."},
            {"id": "b", "text": " \n "},
            {"id": "c", "sentences": ["Fine.", ""]},
            {"id": "d", "sentences": []},
            {"id": None, "text": "Good bye."},
        ],
    )
    assert [document["id"] for document in documents] == ["a", "b", "c", "d", None]
    nothing = "has no character that the model reads"
    assert [document["error"] and document["error"]["detail"] for document in documents] == [
        None,
        nothing,
        f"sentences[1]: {nothing}",
        nothing,
        None,
    ]
    assert {document["error"]["code"] for document in documents[1:4]} == {"unscorable"}
    assert [len(document["sentences"]) for document in documents] == [1, 0, 0, 0, 1]


def test_no_documents_give_no_answers(http: httpx2.Client):
    assert classify(http, documents=[]) == []


@pytest.mark.parametrize("threshold", [0, 0.9, 1, 1.0])
def test_sentences_below_the_threshold_asked_for_are_marked(http: httpx2.Client, threshold: float):
    [document] = classify(http, text=TEXT, options={"review_below": threshold})
    for sentence in document["sentences"]:
        assert sentence["review"] == (sentence["confidence"] < threshold)


def test_a_threshold_of_null_is_the_models(http: httpx2.Client):
    request = {"text": TEXT, "options": {"review_below": None}}
    assert classify(http, **request) == classify(http, text=TEXT)


def test_evidence_only_when_asked_for(http: httpx2.Client):
    [document] = classify(http, text="Hello.")
    assert document["sentences"][0]["evidence"] is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (rb'{"text": "half \ud800"}', "character 5 is half of a surrogate pair"),
        (
            rb'{"text": "half \ud800", "options": {"offsets": "utf16"}}',
            "character 5 is half of a surrogate pair",
        ),
        (rb'{"text": "a\u0000b \ud83c\udf89"}', None),
        ('{"text": "UTF-16, as RFC 4627 had it"}'.encode("utf-16"), None),
        (b'{"text": "\xed\xa0\x80"}', "character 0 is half of a surrogate pair"),
    ],
)
def test_odd_json_gets_a_right_answer(http: httpx2.Client, body: bytes, error: str | None):
    response = http.post(
        "/v1/classify", content=body, headers={"content-type": "application/json; charset=utf-8"}
    )
    assert response.status_code == 200
    [document] = response.json()["documents"]
    assert (document["error"] and document["error"]["detail"]) == error
