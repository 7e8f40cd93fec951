"""Documents into sentences, as spans of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nupunkt

__all__ = ["Span", "split_sentences"]

Span = tuple[int, int]
"""Half-open range of code points: ``text[begin:end]``."""

# Headlines, bylines and posts end at a newline without a full stop, so a line is never
# joined with the next. The characters are those of str.splitlines.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")

# nupunkt reads on to the end of the word at every stop inside it. No word of real text is
# this long, and one of a megabyte would take it hours.
_LONG_WORD = re.compile(r"(?<!\S)\S{1000,}")


def split_sentences(text: str) -> list[Span]:
    """Split a text into sentences.

    Lines are split first, then each line by nupunkt's model (Bommarito et al. 2025,
    https://arxiv.org/abs/2504.04131). Spans are in order, do not overlap, begin and end
    with a character that is not white space, and leave out nothing but white space.
    """
    return [span for line in _LINE.finditer(text) for span in _line_sentences(text, line)]


def _line_sentences(text: str, line: re.Match[str]) -> Iterator[Span]:
    if line[0].isspace():
        return
    for begin, end in nupunkt.sent_spans(_LONG_WORD.sub(_without_stops, line[0])):
        sentence = line[0][begin:end]
        if stripped := sentence.strip():
            start = line.start() + begin + len(sentence) - len(sentence.lstrip())
            yield start, start + len(stripped)


def _without_stops(word: re.Match[str]) -> str:
    """The word at its own length, with letters for all but its ends."""
    return word[0][:100] + "x" * (len(word[0]) - 200) + word[0][-100:]
