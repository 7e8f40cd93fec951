"""comments:suggestscore checks what is suggested, and keeps it as feedback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.store import Policy, Store
from framelens.serve.store.schema import Feedback, Text

SUGGEST = "/v1alpha1/comments:suggestscore"
ZERO = {"summaryScore": {"value": 0}}
REQUEST = {
    "comment": {"text": "🎉 We won."},
    "attributeScores": {
        "VICTIM": ZERO,
        "TRIUMPHALIST": {
            "spanScores": [{"begin": 3, "end": 10, "score": {"value": 1, "type": "PROBABILITY"}}]
        },
    },
    "languages": ["en"],
    "communityId": "/forum/movies",
    "sessionId": "7301",
    "clientToken": "comment-53922",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that keeps texts for a day."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = Store.open(url, Policy(keep_texts_days=1))
    yield store
    store.database.close()


@pytest.fixture
def keeping(classifier: FramingClassifier, store: Store) -> Iterator[TestClient]:
    with TestClient(create_app(classifier, store=store)) as client:
        yield client


def kept(store: Store) -> list[tuple[str, int, int, str]]:
    """The label, begin, end and text of all feedback."""
    with store.database.reading() as session:
        rows = session.execute(select(Feedback, Text.content).join(Text))
        return [(row.label, row.begin, row.end, content.decode()) for row, content in rows]


def test_what_is_likely_is_kept_as_feedback(keeping: TestClient, store: Store):
    response = keeping.post(SUGGEST, json=REQUEST)
    assert response.status_code == 200
    assert response.json() == {"clientToken": "comment-53922", "requestedLanguages": ["en"]}
    assert kept(store) == [("triumphalist", 2, 9, "🎉 We won.")]
    with store.database.writing() as session:
        assert store.texts.erase(session, "comment-53922", None) == 1
    assert kept(store) == []


def test_a_summary_is_about_the_whole_text(keeping: TestClient, store: Store):
    scores = {"VICTIM": {"summaryScore": {"value": 0.9}}}
    assert keeping.post(SUGGEST, json=REQUEST | {"attributeScores": scores}).status_code == 200
    assert kept(store) == [("victim", 0, 9, "🎉 We won.")]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (None, "attributeScores must not be empty"),
        ({}, "attributeScores must not be empty"),
        ({"TOXICITY": ZERO}, "Unknown requested attribute"),
        ({"VICTIM": {}}, "attributeScores.VICTIM must have a summaryScore or spanScores"),
        ({"VICTIM": {"summaryScore": {}}}, "attributeScores.*.summaryScore.value: Field required"),
        ({"VICTIM": {"summaryScore": {"value": 1.5}}}, "attributeScores.VICTIM: a score must be"),
        (
            {"VICTIM": {"summaryScore": {"value": 1, "type": "RAW"}}},
            "Requested score type RAW is not supported by attribute VICTIM",
        ),
        (
            {"VICTIM": {"spanScores": [{"score": {"value": 1}}]}},
            "attributeScores.VICTIM.spanScores.0 must have begin and end",
        ),
        *(
            (
                {"VICTIM": {"spanScores": [{"begin": begin, "end": end, "score": {"value": 1}}]}},
                "attributeScores.VICTIM.spanScores.0: begin and end must be a range",
            )
            for begin, end in ((-1, 2), (0, 11), (0, 1), (3, 3), (5, 4))
        ),
    ],
)
def test_malformed_suggestions(keeping: TestClient, store: Store, scores: Any, message: str):
    response = keeping.post(SUGGEST, json=REQUEST | {"attributeScores": scores})
    assert response.status_code == 400
    assert response.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert response.json()["error"]["message"].startswith(message)
    assert not kept(store)


def test_without_a_database_there_is_no_such_method(client: TestClient):
    response = client.post(SUGGEST, json=REQUEST)
    assert response.status_code == 501
    assert response.json() == {
        "error": {
            "code": 501,
            "message": "This deployment keeps no suggested scores.",
            "status": "UNIMPLEMENTED",
        }
    }
