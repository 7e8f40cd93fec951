"""A model of a multi-label scheme behind the service: answers, thresholds, files and reviews."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from pyarrow import parquet as pq
from starlette.testclient import TestClient

from framelens.client.answers import ClassifyAnswer, Info
from framelens.client.decoding import decode_json
from framelens.data import read_corpus
from framelens.model import FramingClassifier, SentenceResult
from framelens.serve.app import create_app
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.passed import Passed
from framelens.serve.bulk.report.findings import Findings, ReportColumns
from framelens.serve.bulk.report.page import report_page
from framelens.serve.bulk.report.scored import read_scored
from framelens.serve.bulk.rows import Chunk
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.commands.feedback import _document
from framelens.serve.commands.table import write_table
from framelens.serve.store import Policy, Store, review
from framelens.serve.store.feedback import export
from framelens.serve.swap.disagreement import Disagreement
from framelens.serve.thresholds import LabelThresholds, ThresholdSet

from .bulk.making import a_row
from .moods import MOODS, NAMES

TEXT = "They shut us out. “We will be back,” she said, and nobody laughed. The bus is late."


@pytest.fixture(scope="module")
def client(moods: FramingClassifier) -> TestClient:
    return TestClient(create_app(moods))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(
        f"sqlite:///{tmp_path / 'store.db'}", Policy(keep_for_review=True, keep_texts_days=1)
    )
    yield opened
    opened.database.close()


def answered(client: TestClient, **options: Any) -> list[dict[str, Any]]:
    response = client.post("/v1/classify", json={"text": TEXT, "options": options})
    assert response.status_code == 200, response.text
    sentences: list[dict[str, Any]] = response.json()["documents"][0]["sentences"]
    return sentences


def test_every_label_from_one_half_on_is_answered(client: TestClient):
    sentences = answered(client, evidence=True)
    # Else the test would say little.
    assert len({len(each["labels"]) for each in sentences}) > 1
    for each in sentences:
        assert each["labels"] == [name for name in NAMES if each["scores"][name] >= 0.5]
        assert each["label"] == "|".join(each["labels"])
        sure = {name: max(score, 1 - score) for name, score in each["scores"].items()}
        assert each["confidence"] == pytest.approx(min(sure.values()))
        assert each["review"] == (each["confidence"] < 0.8)
        if each["review"]:
            assert each["follows_from"] == min(sure, key=sure.__getitem__)
        assert each["evidence"] is None
        assert [*each["label_evidence"]] == each["labels"]


def test_the_place_of_evidence_is_in_the_unit_asked_for(client: TestClient):
    text = "🌧 They shut us out, and nobody laughed."
    request = {"text": text, "options": {"evidence": True, "offsets": "utf16"}}
    answer = client.post("/v1/classify", json=request).json()
    (sentence,) = answer["documents"][0]["sentences"]
    units = text.encode("utf-16-le")
    for evidence in sentence["label_evidence"].values():
        for word in evidence["words"]:
            found = units[2 * word["begin"] : 2 * word["end"]].decode("utf-16-le")
            assert found == word["text"]


def test_answers_of_one_label_have_no_field_more(classifier: FramingClassifier):
    (sentence, *_) = answered(TestClient(create_app(classifier)), evidence=True)
    assert "labels" not in sentence
    assert "label_evidence" not in sentence


def test_the_client_reads_both_kinds(client: TestClient):
    answer = decode_json(ClassifyAnswer, client.post("/v1/classify", json={"text": TEXT}).content)
    sentences = answer.documents[0].sentences
    assert all(each.label == "|".join(each.labels or []) for each in sentences)
    info = decode_json(Info, client.get("/v1/info").content)
    assert info.scheme.multi_label


def test_it_is_ready_and_counts_every_label(client: TestClient):
    assert client.get("/readyz").status_code == 200
    sentences = answered(client)
    metrics = client.get("/metrics").text
    for name in NAMES:
        given = [each for each in sentences if name in each["labels"]]
        share = next(
            float(line.rpartition(" ")[2])
            for line in metrics.splitlines()
            if line.startswith("framelens_recent_label_share{") and f'label="{name}"' in line
        )
        assert (share > 0) == bool(given)


def test_perspective_has_the_probability_of_each_label(client: TestClient):
    request = {
        "comment": {"text": TEXT},
        "requestedAttributes": {"ANGRY": {}, "SAD": {}},
        "spanAnnotations": True,
    }
    scores = client.post("/v1alpha1/comments:analyze", json=request).json()["attributeScores"]
    sentences = answered(client)
    for name in ("angry", "sad"):
        spans = [each["score"]["value"] for each in scores[name.upper()]["spanScores"]]
        assert spans == [each["scores"][name] for each in sentences]


def test_thresholds_of_labels_hold_for_each():
    policy = ThresholdSet(
        "policy", "1", {"sad": LabelThresholds(act=0.9, review=0.4)}, review_below=0.7
    )
    several = {
        "act": {"angry": 0.99, "sad": 0.9, "proud": 0.5},
        "review": {"angry": 0.99, "sad": 0.45, "proud": 0.5},
    }
    for consequence, scores in several.items():
        assert policy.consequence(scores, multi_label=True) == (consequence, "sad")
    unsure = {"angry": 0.99, "sad": 0.02, "proud": 0.35}
    assert policy.consequence(unsure, multi_label=True) == ("review", "proud")
    sure = {"angry": 0.05, "sad": 0.02, "proud": 0.2}
    assert policy.consequence(sure, multi_label=True) == (None, None)


def test_two_models_are_compared_label_by_label():
    def sentence(*labels: str) -> SentenceResult:
        scores = {name: 0.9 * (name in labels) for name in NAMES}
        label = "|".join(labels)
        return SentenceResult(0, 1, "x", label, 0.9, False, scores, None, 1, 1, labels=labels)

    disagreement = Disagreement(NAMES)
    nothing = ThresholdSet("none", "1", {}, None)
    for own, other in (
        (sentence("angry", "sad"), sentence("angry", "sad")),
        (sentence("angry"), sentence("sad")),
        (sentence(), sentence()),
    ):
        disagreement.add(own, other, nothing, nothing)
    answer = disagreement.answer()
    assert (answer.sentences, answer.agreement) == (3, pytest.approx(2 / 3))
    angry = answer.labels["angry"]
    assert (angry.sentences, angry.agreement) == (2, 0.5)
    assert angry.candidate == {"angry": 1, "sad": 2, "proud": 0}


def scored(moods: FramingClassifier, form: OutputForm, path: Path) -> Path:
    """A file of scored documents, as the command writes it."""
    columns = {"labels": "mine", "outlet": "Post", "date": "2026-11-01"}
    rows = [a_row(1, TEXT, **columns), a_row(2, "It rained.", **columns)]
    passed = None if form.format == "jsonl" else Passed.of({"in.jsonl": None}, rows)
    scorer = ChunkScorer(moods, ScoringSettings(form=form, passed=passed))
    encoded = scorer.score(Chunk(0, rows))
    if not scorer.encoder.is_spooled:
        path.write_bytes(scorer.encoder.begin() + encoded.output)
        return path
    with TemporaryFile() as spool, path.open("wb") as output:
        spool.write(scorer.encoder.begin() + encoded.output)
        spool.seek(0)
        scorer.encoder.finish(spool, output)
    return path


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_files_hold_every_label_and_are_read_again(
    kind: Any, explode: bool, moods: FramingClassifier, tmp_path: Path
):
    form = OutputForm(kind, explode=explode, evidence=True)
    path = scored(moods, form, tmp_path / f"a.{kind}")
    results = moods.classify([TEXT, "It rained."])
    expected = [[each.labels for each in result.sentences] for result in results]
    documents = list(read_scored(path))
    assert [[each.each_label for each in document.sentences] for document in documents] == expected
    findings = Findings.of(documents, ReportColumns())
    assert findings.sentences == sum(map(len, expected))
    assert findings.labels.total() == sum(len(labels) for each in expected for labels in each)
    page = report_page(findings, []).decode()
    total = f"{findings.labels.total()}\u00a0labels"
    for told in ("labels given", "Pale columns: fewer than 30 labels.", f"% of {total}"):
        assert told in page


def test_the_columns_of_files(moods: FramingClassifier, tmp_path: Path):
    (first, *_) = moods.classify(TEXT).sentences
    form = OutputForm("jsonl", explode=True)
    line = json.loads(scored(moods, form, tmp_path / "a.jsonl").read_text().splitlines()[0])
    assert (line["labels"], line["input_labels"]) == ([*(first.labels or ())], "mine")
    form = OutputForm("csv", explode=True, evidence=True)
    text = scored(moods, form, tmp_path / "a.csv").read_text()
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["label"], row["labels"]) == (first.label, "mine")
    assert [*json.loads(row["evidence"])] == [*(first.labels or ())]
    table = pq.read_table(scored(moods, OutputForm("parquet"), tmp_path / "a.parquet"))
    sentences = table["sentences"].to_pylist()[0]
    assert sentences[0]["labels"] == [*(first.labels or ())]


def test_the_table_for_people_names_every_label(moods: FramingClassifier):
    stream = io.StringIO()
    results = moods.classify([TEXT], evidence=True)
    write_table(results, MOODS, stream)
    shown = stream.getvalue()
    for sentence in results[0].sentences:
        assert ", ".join(sentence.labels or ()) in shown
    assert "1 document, 3 sentences: " in shown


def test_a_person_decides_on_all_labels(moods: FramingClassifier, store: Store, tmp_path: Path):
    client = TestClient(create_app(moods, store=store))
    sentences = answered(client, review_below=1.0)
    items = client.get("/v1/reviews").json()["items"]
    assert [item["label"] for item in items] == [each["label"] for each in sentences]
    angry = [item for item, each in zip(items, sentences, strict=True) if "angry" in each["labels"]]
    assert client.get("/v1/reviews", params={"label": "angry"}).json()["items"] == angry
    with store.database.reading() as session:
        assert review.items(session, review.Filters(label="Angry"), None, 9) == []
    decided = ("proud|angry", "", "sad")
    for item, label in zip(items, decided, strict=True):
        claim = {"reviewer": "ada"}
        client.post(f"/v1/reviews/{item['id']}/claim", json=claim).raise_for_status()
        decision = claim | {"label": label}
        client.post(f"/v1/reviews/{item['id']}/decide", json=decision).raise_for_status()
    with store.database.reading() as session:
        (exported,) = export(session)
    document = _document(exported)
    assert [sentence.label for sentence in document.sentences] == ["angry|proud", "", "sad"]
    path = tmp_path / "feedback.jsonl"
    path.write_text(json.dumps(document.to_dict()))
    assert read_corpus([path], MOODS) == [document]


# Among them an annotators' code and white space.
@pytest.mark.parametrize("label", ["glad", "sad|glad", "sad|sad", "sad|", "|", "sad|a", " "])
def test_labels_that_the_scheme_does_not_know_are_refused(
    moods: FramingClassifier, store: Store, label: str
):
    client = TestClient(create_app(moods, store=store))
    passage = {"text": "It rained.", "begin": 0, "end": 10}
    response = client.post("/v1/feedback", json={"passage": passage, "label": label})
    assert response.status_code == 422
    (problem,) = response.json()["errors"]
    assert problem["pointer"] == "/label"
    assert problem["detail"] == (
        "must be any of 'angry', 'sad' or 'proud', each once, with '|' between them, or empty"
    )
