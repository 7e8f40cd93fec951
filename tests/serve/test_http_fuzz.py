"""Whatever comes in, the service neither fails nor gives an answer of another shape."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from benchmarks.hostile import BODIES, Hostile
from framelens.serve.answers import ClassifyAnswer
from framelens.serve.pages import FILES
from framelens.serve.problems import PROBLEMS, ProblemDocument

JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
UNITS = {"utf32": ("utf-32-le", 4), "utf16": ("utf-16-le", 2), "utf8": ("utf-8", 1)}

# Half surrogate pairs, NUL and newlines included; as well as NaN and infinities.
strings = st.text(st.characters(), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=5,
)
documents = st.fixed_dictionaries(
    {}, optional={"id": strings | values, "text": strings, "sentences": st.lists(strings | values)}
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "text": strings | values,
        "documents": st.lists(documents | values, max_size=3) | values,
        "options": values
        | st.fixed_dictionaries(
            {},
            optional={
                "evidence": st.booleans() | values,
                "review_below": st.floats(0, 1) | values,
                "offsets": st.sampled_from(["utf8", "utf16", "utf32"]) | values,
            },
        ),
    },
)
anything = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@anything
@given(request=requests | values)
def test_any_json_gets_an_answer_or_a_problem(client: TestClient, request: Any):
    response = client.post("/v1/classify", content=json.dumps(request), headers=JSON)
    assert_answer_or_problem(response, 422)


def assert_answer_or_problem(response: httpx2.Response, *statuses: int) -> None:
    if response.status_code == 200:
        ClassifyAnswer.model_validate_json(response.content)
    else:
        problem = ProblemDocument.model_validate_json(response.content)
        assert problem.status == response.status_code
        assert problem.status in statuses


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/feedback"])
@anything
@given(body=st.binary(max_size=100))
def test_any_bytes_get_an_answer_or_a_problem(client: TestClient, path: str, body: bytes):
    response = client.post(path, content=body, headers=JSON)
    assert_answer_or_problem(response, 400, 404, 422)


@anything
@given(body=st.binary(max_size=100))
def test_any_bytes_get_lines(client: TestClient, body: bytes):
    response = client.post("/v1/classify:stream", content=body, headers=NDJSON)
    assert response.status_code == 200
    _, *lines, end = map(json.loads, response.text.splitlines())
    problems = [
        ProblemDocument.model_validate(each["problem"]) for each in lines if "problem" in each
    ]
    assert {problem.status for problem in problems} <= {400, 422}
    assert end == {"documents": len(lines) - len(problems), "problems": len(problems)}


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.name)
def test_hostile_bodies(http: httpx2.Client, case: Hostile):
    response = http.post("/v1/classify", content=case.body, headers=JSON, timeout=60)
    if case.code:
        problem = ProblemDocument.model_validate_json(response.content)
        assert problem.code == case.code
        assert response.status_code == PROBLEMS[case.code][0] < 500
        assert len(response.content) < 1_000
        return
    assert response.status_code == 200
    [document] = ClassifyAnswer.model_validate_json(response.content).documents
    assert document.tokens_scored == document.tokens
    assert not document.truncated


@pytest.mark.parametrize(
    "text",
    [
        "הם אמרו שניצחנו. لقد انتصرنا أمس.",
        "\u202eIt rained.\u202c \u2066We won.\u2069 They left.",
        "I\u200bt ra\u200din\u2060ed. \ufeffWe won.\u200b",
        "a\u0301" * 100 + ". We won.",
        "👨\u200d👩\u200d👧\u200d👦 won. 🏳️\u200d🌈 won.",
        "It rained.\0 We won.",
    ],
)
@pytest.mark.parametrize("unit", UNITS)
def test_offsets_hold_in_text_of_every_direction_and_width(
    client: TestClient, text: str, unit: str
):
    request = {"text": text, "options": {"offsets": unit}}
    [document] = client.post("/v1/classify", json=request).json()["documents"]
    encoding, width = UNITS[unit]
    encoded = text.encode(encoding)
    assert document["sentences"]
    for sentence in document["sentences"]:
        span = slice(sentence["begin"] * width, sentence["end"] * width)
        assert encoded[span].decode(encoding) == sentence["text"]


RANGES = [
    "bytes=0-0",
    "bytes=-1",
    "bytes=5-2",
    "bytes=99999999999999999999-",
    "bytes=" + ",".join(["0-"] * 4_000),
    "bytes=" + ",".join(f"{number}-{number + 1}" for number in range(1_500)),
    "lines=1-2",
    "bytes=" + "-" * 10_000,
]


@pytest.mark.parametrize("header", ["range", "if-range"])
@pytest.mark.parametrize("value", RANGES, ids=range(len(RANGES)))
@pytest.mark.parametrize("path", FILES)
def test_ranges_of_the_pages_files_are_passed_over(
    http: httpx2.Client, path: str, value: str, header: str
):
    response = http.get(path, headers={header: value})
    assert response.status_code == 200
    assert "accept-ranges" not in response.headers
    assert response.content == http.get(path).content
