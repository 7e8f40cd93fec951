"""Whatever JSON comes in, the service neither fails nor gives an answer of another shape."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.problems import ProblemDocument

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


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests | values)
def test_any_json_gets_an_answer_or_a_problem(client: TestClient, request: Any):
    response = client.post(
        "/v1/classify", content=json.dumps(request), headers={"content-type": "application/json"}
    )
    if response.status_code == 200:
        ClassifyAnswer.model_validate_json(response.content)
    else:
        problem = ProblemDocument.model_validate_json(response.content)
        assert problem.status == response.status_code == 422
