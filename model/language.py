"""The language that a text is in."""

from __future__ import annotations

import pycld2

__all__ = ["detect_language"]

UNKNOWN = "un"
"""CLD2's own code for a language that is not known."""


def detect_language(text: str) -> tuple[str, float] | None:
    """The ISO 639-1 code of a text's main language, and how much of the text is in it.

    The identifier is CLD2, the Compact Language Detector of the Chromium browser
    (https://github.com/CLD2Owners/cld2). None where the text is too short or too mixed to tell.
    """
    try:
        found = pycld2.detect(text, bestEffort=True)
    except pycld2.error:
        # It does not take control characters, and code points that are no characters.
        printable = "".join(each if each.isprintable() else " " for each in text)
        found = pycld2.detect(printable, bestEffort=True)
    is_reliable, _, ((_, code, percent, _), *_) = found
    return (code, percent / 100) if is_reliable and code != UNKNOWN else None
