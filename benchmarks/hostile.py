"""Bodies that break parsers, splitters and memory, and what comes back for each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BODIES", "Hostile"]


@dataclass(frozen=True)
class Hostile:
    """A body for `/v1/classify`; ``code`` is of the problem, or empty where it is answered."""

    name: str
    body: bytes
    code: str = ""


def _text(text: str) -> bytes:
    return b'{"text": "%s"}' % text.encode()


BODIES = [
    Hostile("empty", b"", "invalid_request"),
    Hostile("invalid UTF-8", b'{"text": "\xff"}', "invalid_json"),
    Hostile("half of a surrogate pair, escaped", rb'{"text": "a \ud800"}'),
    Hostile("half of a surrogate pair in UTF-8", b'{"text": "a \xed\xa0\x80"}'),
    Hostile(
        "half of a surrogate pair as an id",
        rb'{"documents": [{"id": "\ud800", "text": "a"}]}',
        "invalid_request",
    ),
    Hostile("NUL, escaped", rb'{"text": "It\u0000rained."}'),
    Hostile("NUL, as it is", b'{"text": "It\0rained."}', "invalid_json"),
    Hostile("100,000 lists in one another", b"[" * 100_000, "invalid_json"),
    Hostile("100,000 objects in one another", b'{"text": ' * 100_000, "invalid_json"),
    Hostile(
        "500 lists in one another, closed",
        b'{"text": %s}' % (b"[" * 500 + b"]" * 500),
        "invalid_request",
    ),
    Hostile("number of a million digits", b'{"text": %s}' % (b"9" * 1_000_000), "invalid_json"),
    Hostile(
        "1e999 as a threshold",
        b'{"text": "a", "options": {"review_below": 1e999}}',
        "invalid_request",
    ),
    Hostile(
        "NaN as a threshold", b'{"text": "a", "options": {"review_below": NaN}}', "invalid_request"
    ),
    Hostile("a name twice in an object", b'{"text": "a", "text": "b"}', "invalid_json"),
    Hostile(
        "a name twice, written in two ways", rb'{"text": "a", "te\u0078t": "b"}', "invalid_json"
    ),
    Hostile(
        "a name twice, deep inside",
        b'{"documents": [{"text": "a"}, {"text": "b", "text": "c"}]}',
        "invalid_json",
    ),
    Hostile(
        "a million empty objects",
        b'{"documents": [%s]}' % b",".join([b"{}"] * 1_000_000),
        "invalid_request",
    ),
    Hostile("a million letters without a space", _text("a" * 1_000_000)),
    Hostile("100,000 newlines", _text("\\n" * 100_000)),
    Hostile("100,000 carriage returns and tabs", _text("\\r\\t" * 50_000)),
    Hostile("100,000 accents on one letter", _text("a" + "\u0301" * 100_000)),
    Hostile("right-to-left text", _text("הם אמרו שניצחנו. لقد انتصرنا أمس.")),
    Hostile("direction overrides", _text("\u202eIt rained.\u202c \u2066We won.\u2069")),
    Hostile("zero-width text", _text("I\u200bt ra\u200din\u2060ed. \ufeff\u200b\u200c")),
    Hostile("nothing but zero-width text", _text("\u200b\u200c\u200d\u2060\ufeff" * 1_000)),
    Hostile("emoji joined into families", _text("👨\u200d👩\u200d👧\u200d👦 won. " * 100)),
    Hostile("not a character of Unicode", rb'{"text": "\uffff \ufdd0 \udbff\udfff"}'),
]
