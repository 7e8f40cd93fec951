"""What a schema cannot say: which names the service knows, and what a stream of lines is."""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from hypothesis import strategies as st

LENGTHS = {"label": range(2001), "model": range(1 << 30), "thresholds": range(1 << 30)}
SHORT = range(1, 201)
NAMES = {
    "client_token": "desk-7",
    "label": "victim",
    "model": "framing",
    "note": "a note",
    "reason": "a reason",
    "reviewer": "ada",
    "thresholds": "default",
}
"""Names that are known, or may be given to anything."""

texts = st.fixed_dictionaries({"text": st.text()}, optional={"id": st.text()})
sentences = st.fixed_dictionaries({"sentences": st.lists(st.text())}, optional={"id": st.text()})
lines = st.lists(texts | sentences, max_size=5).map(
    lambda documents: "\n".join(map(json.dumps, documents)).encode()
)
schemathesis.openapi.media_type("application/x-ndjson", lines)


@schemathesis.hook
def before_call(context: Any, case: Any, **settings: Any) -> None:
    """Ask with names that are known in place of names that only look right."""
    for part in (case.query, case.body):
        if isinstance(part, dict):
            _put_known_names(part)
            _choose_one(part)
    _allow_time(case.headers or {})


def _put_known_names(part: dict[str, Any]) -> None:
    for name in NAMES.keys() & part.keys():
        given = part[name]
        if isinstance(given, str) and len(given) in LENGTHS.get(name, SHORT):
            part[name] = NAMES[name]


def _choose_one(part: dict[str, Any]) -> None:
    """Thresholds may be chosen or given, and not both."""
    options = part.get("options", part)
    if isinstance(options, dict) and options.get("review_below") is not None:
        part.pop("thresholds", None)


def _allow_time(headers: Any) -> None:
    """A deadline that is right may still be too short for this machine."""
    for name in list(headers):
        if name.lower() == "x-request-timeout" and _is_seconds(headers[name]):
            headers[name] = "60"


def _is_seconds(value: Any) -> bool:
    try:
        return float(value) >= 0.1
    except (TypeError, ValueError):
        return False
