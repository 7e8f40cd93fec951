"""What of a text the model is made for: its language."""

from __future__ import annotations

from collections.abc import Iterable

from framelens.model.language import detect_language
from framelens.serve.message import Message

__all__ = ["UNDETERMINED", "LanguageAnswer", "identify_language"]

SUPPORTED = frozenset({"en"})
"""The languages, as ISO 639-1 codes, whose text the models are made from."""

READ = 2_000
"""Code points from which a language is told, in less than a tenth of a millisecond."""

UNDETERMINED = "und"
"""The code of ISO 639-2 for a language that is not known."""


class LanguageAnswer(Message):
    """The language of a document, and whether the model is made for it."""

    code: str
    """ISO 639-1 where it has one, or `und` where the text is too short or too mixed to tell."""
    share: float
    """How much of the text is in it, from 0 to 1."""
    supported: bool | None
    """Null where the language is not known. Text in other languages is scored as well, and its
    labels mean little."""


def identify_language(texts: Iterable[str]) -> LanguageAnswer:
    """Tell the language from the beginning of a document, given in parts."""
    begin = ""
    for text in texts:
        begin = f"{begin}{text}\n"[:READ]
        if len(begin) == READ:
            break
    found = detect_language(begin)
    if found is None:
        return LanguageAnswer(code=UNDETERMINED, share=0.0, supported=None)
    code, share = found
    return LanguageAnswer(code=code, share=share, supported=code in SUPPORTED)
