"""POST /v1/feedback: what is kept, what is refused, and what is exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from framelens.data import read_corpus
from framelens.model import Scheme, read_scheme
from framelens.serve.commands import app
from framelens.serve.store import feedback
from framelens.serve.store.schema import Feedback, Text

TEXT = "Nine houses burned 🔥 down. We won, and they ran!"
FIRST = {"text": TEXT, "begin": 0, "end": 26}
SECOND = {"text": TEXT, "begin": 27, "end": 48}
CANARY = "xyzzy-canary"

Client = Callable[..., TestClient]


@pytest.fixture
def scheme() -> Scheme:
    return read_scheme(None)


def corrections(client: TestClient) -> Iterator[Feedback]:
    with client.app.state.service.store.database.reading() as session:  # type: ignore[attr-defined]
        yield from session.scalars(select(Feedback))


def give(client: TestClient, status: int = 201, **request: object) -> dict[str, object]:
    response = client.post("/v1/feedback", json=request)
    assert response.status_code == status, response.text
    content: dict[str, object] = response.json()
    return content


def test_without_text_retention_only_a_digest_is_kept(connected: Client, scheme: Scheme):
    client = connected()
    leaf = scheme.leaf_names[0]
    passage = {**FIRST, "text": TEXT.replace("houses", CANARY), "end": 31}
    answer = give(client, passage=passage, label=leaf, reviewer="ada")
    assert (answer["leaf"], answer["text_kept"]) == (leaf, False)
    [row] = corrections(client)
    store = client.app.state.service.store  # type: ignore[attr-defined]
    assert row.text_digest == store.texts.digest(passage["text"]) != ""
    assert (row.begin, row.end, row.label, row.reviewer) == (0, 31, leaf, "ada")
    if store.database.file:
        folder = store.database.file.parent
        assert not any(CANARY.encode() in file.read_bytes() for file in folder.iterdir())
    [entry] = client.get("/v1/audit").json()["entries"]
    assert (entry["actor"], entry["action"]) == ("ada", "feedback_given")
    assert entry["text_digest"] == row.text_digest
    assert entry["subject"] == answer["id"]


@pytest.mark.parametrize(("unit", "begin", "end"), [("utf16", 28, 49), ("utf8", 30, 51)])
def test_offsets_count_what_the_request_says(
    connected: Client, scheme: Scheme, unit: str, begin: int, end: int
):
    client = connected()
    passage = {"text": TEXT, "begin": begin, "end": end, "offsets": unit}
    give(client, passage=passage, label=scheme.leaf_names[0])
    [row] = corrections(client)
    assert (row.begin, row.end) == (27, 48)
    inside = {**passage, "begin": 20}
    problem = give(client, 422, passage=inside, label=scheme.leaf_names[0])
    assert problem["errors"] == [
        {
            "pointer": "/passage/begin",
            "detail": "is past the text's end, or inside a character",
        }
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"label": CANARY}, "/label"),
        ({"passage": {**FIRST, "end": 49}}, "/passage/end"),
        ({"passage": {**FIRST, "end": 0}}, "/passage"),
        ({"passage": {**FIRST, "begin": 26, "end": 27}}, "/passage"),
        ({"passage": None}, ""),
        ({"decision": {"id": "0", "sentence": 0}}, "/decision/id"),
        ({"note": CANARY + "\0"}, "/note"),
        ({"reviewer": "a\nb"}, "/reviewer"),
        ({"client_token": ""}, "/client_token"),
        ({CANARY: 1}, ""),
    ],
)
def test_what_does_not_fit_is_named(
    connected: Client, scheme: Scheme, change: dict[str, object], pointer: str
):
    client = connected()
    request = {"passage": FIRST, "label": scheme.leaf_names[0], **change}
    response = client.post("/v1/feedback", json=request)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert CANARY not in response.text
    assert not [*corrections(client)]


def test_an_unknown_decision(connected: Client, scheme: Scheme):
    decision = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "sentence": 0}
    problem = give(connected(), 404, decision=decision, label=scheme.leaf_names[0])
    assert problem["code"] == "unknown_record"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/feedback"),
        ("GET", "/v1/reviews"),
        ("GET", "/v1/audit"),
        ("DELETE", "/v1/texts?client_token=a"),
    ],
)
def test_without_a_database_nothing_is_taken(client: TestClient, method: str, path: str):
    request = {"passage": FIRST, "label": "neutral"} if method == "POST" else None
    response = client.request(method, path, json=request)
    assert response.status_code == 404
    assert response.json()["code"] == "no_database"


def test_what_is_exported(connected: Client, scheme: Scheme, url: str, tmp_path: Path):
    client = connected(keep_texts_days=1)
    first, second, *_ = scheme.leaf_names
    several = [
        label.name for label in scheme.labels if feedback.leaf_of(label.name, scheme) is None
    ]
    give(client, passage=FIRST, label=first)
    give(client, passage=SECOND, label=second)
    assert give(client, passage=FIRST, label=second)["text_kept"] is True
    assert give(client, passage=SECOND, label=several[0])["leaf"] is None
    odd = "Half.\u2028 NUL \0 and more."
    give(client, passage={"text": odd, "begin": 0, "end": 5}, label=first)
    connected().post(
        "/v1/feedback",
        json={"passage": {"text": "Not kept.", "begin": 0, "end": 9}, "label": first},
    )
    file = tmp_path / "feedback.jsonl"
    result = CliRunner().invoke(app, ["feedback", "export", str(file), "--database", url])
    assert result.exit_code == 0, result.output
    assert result.output == "4 of 6 corrections have a kept text and a single leaf\n"
    corpus = {document.text: document for document in read_corpus([file], scheme)}
    assert corpus.keys() == {TEXT, odd}
    labels = {(each.begin, each.end): each.label for each in corpus[TEXT].sentences}
    assert labels == {(0, 26): second, (27, 48): second}
    assert CliRunner().invoke(app, ["data", "check", str(file)]).exit_code == 0


def test_there_is_nothing_to_export(connected: Client, url: str, tmp_path: Path):
    connected()
    file = tmp_path / "feedback.jsonl"
    result = CliRunner().invoke(app, ["feedback", "export", str(file), "--database", url])
    assert result.exit_code == 1
    assert "none of 0 corrections has a kept text and a single leaf" in result.output
    assert not file.exists()


def test_texts_are_kept_with_their_client(connected: Client, scheme: Scheme):
    client = connected(keep_texts_days=1)
    give(client, passage=FIRST, label=scheme.leaf_names[0], **{"client_token": "desk-7"})
    store = client.app.state.service.store  # type: ignore[attr-defined]
    with store.database.reading() as session:
        [text] = session.scalars(select(Text))
    assert text.content.decode() == TEXT
    assert text.client == store.texts.digest("desk-7")
