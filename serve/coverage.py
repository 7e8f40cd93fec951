"""What of a text the model is made for: its language, and how many of its tokens were read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from framelens.serve.message import Message

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["UNDETERMINED", "LanguageAnswer", "identify_language"]

SUPPORTED = frozenset({"en"})
"""The languages, as ISO 639-1 codes, whose text the models are made from."""

READ = 2_000
"""Code points from which a language is told, in some tenths of a millisecond."""

CERTAIN = 0.5
"""The confidence below which a language is not told: names, numbers and single words have none."""

UNDETERMINED = "und"
"""The code of ISO 639-2 for a language that is not known."""


class LanguageAnswer(Message):
    """The language of a document, and whether the model is made for it."""

    code: str
    """ISO 639-1, or `und` where the text is too short or too mixed to tell."""
    confidence: float
    """Of the likeliest language, whether it is told or not."""
    supported: bool | None
    """Null where the language is not known. Text in other languages is scored as well, and its
    labels mean little."""


def identify_language(texts: Iterable[str]) -> LanguageAnswer:
    """Tell the language from the beginning of a document, given in parts.

    The identifier is langid.py's (Lui and Baldwin 2012, https://aclanthology.org/P12-3005) as
    retrained by py3langid; it is loaded at the first call, which takes most of a second.
    """
    begin = ""
    for text in texts:
        begin = f"{begin}{text}\n"[:READ]
        if len(begin) == READ:
            break
    code, confidence = _identifier().classify(begin)
    if confidence < CERTAIN:
        return LanguageAnswer(code=UNDETERMINED, confidence=confidence, supported=None)
    return LanguageAnswer(code=code, confidence=confidence, supported=code in SUPPORTED)


@cache
def _identifier() -> LanguageIdentifier:
    # At the first use, since commands that need no language should not wait for it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
