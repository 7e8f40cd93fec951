"""Windows: runs of consecutive sentences that go through the encoder together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, zip_longest

__all__ = ["Part", "Window", "pack_windows"]


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens ``begin:end`` of one sentence inside a window.

    ``scored`` is False where the tokens only give context here and count elsewhere.
    """

    sentence: int
    begin: int
    end: int
    scored: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The parts of consecutive sentences, in order; with gaps they fit one encoder pass."""

    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """Tokens of sentences in the window, special tokens not counted."""
        return sum(part.end - part.begin for part in self.parts)


def pack_windows(
    lengths: Sequence[int], capacity: int, overlap: int = 0, gap: int = 0
) -> list[Window]:
    """Pack the sentences of one document into as few windows as fit.

    Consecutive windows share ``overlap`` sentences, fewer where these and one new sentence
    do not fit. A shared sentence is scored in the window that gives it more context on its
    poorer side, so with an overlap of two a sentence inside a document has neighbours on
    both sides wherever three sentences fit. A sentence longer than ``capacity`` is cut into
    pieces of nearly equal length, each a window of its own; their tokens are averaged
    together later. Every token is scored exactly once.

    Args:
        lengths: tokens of each sentence, in document order.
        capacity: tokens that fit a window beside the special tokens.
        overlap: sentences that consecutive windows share.
        gap: tokens between two sentences of a window.

    Raises:
        ValueError: capacity is not positive, or overlap or gap is negative.
    """
    if capacity < 1 or overlap < 0 or gap < 0:
        raise ValueError(
            f"need capacity >= 1, overlap >= 0 and gap >= 0, got {capacity}, {overlap} and {gap}"
        )
    windows: list[Window] = []
    begin = 0
    while begin < len(lengths):
        if lengths[begin] > capacity:
            windows += _pieces(begin, lengths[begin], capacity)
            begin += 1
            continue
        end = begin
        while end < len(lengths) and lengths[end] <= capacity:
            end += 1
        windows += _run(lengths, begin, end, capacity, overlap, gap)
        begin = end
    return windows


def _pieces(sentence: int, length: int, capacity: int) -> list[Window]:
    count = -(-length // capacity)
    cuts = [length * piece // count for piece in range(count + 1)]
    return [Window((Part(sentence, begin, end, scored=True),)) for begin, end in pairwise(cuts)]


def _run(
    lengths: Sequence[int], begin: int, end: int, capacity: int, overlap: int, gap: int
) -> list[Window]:
    """Windows over sentences ``begin:end``, each of which fits a window."""
    # Counted as if a gap stood behind the last sentence too, for which there is room then.
    starts = [0, *accumulate(length + gap for length in lengths[begin:end])]
    ranges = _ranges(starts, capacity + gap, overlap)
    windows = []
    scored_from = 0
    for here, there in zip_longest(ranges, ranges[1:]):
        scored_to = _handover(starts, here, there) if there else here[1]
        parts = (
            Part(begin + index, 0, lengths[begin + index], scored_from <= index < scored_to)
            for index in range(*here)
        )
        windows.append(Window(tuple(parts)))
        scored_from = scored_to
    return windows


def _ranges(starts: Sequence[int], capacity: int, overlap: int) -> list[tuple[int, int]]:
    """Sentence ranges of the windows, each as long as fits and reaching past the last one."""
    sentences = len(starts) - 1
    ranges: list[tuple[int, int]] = []
    first = last = 0
    while last < sentences:
        first = max(first + 1, last - overlap) if ranges else 0
        while starts[last + 1] - starts[first] > capacity:
            first += 1
        while last < sentences and starts[last + 1] - starts[first] <= capacity:
            last += 1
        ranges.append((first, last))
    return ranges


def _handover(starts: Sequence[int], here: tuple[int, int], there: tuple[int, int]) -> int:
    """The first shared sentence that the next window gives more context on its poorer side.

    Towards the end of this window the context behind a sentence shrinks while the context
    before it in the next window grows, so one boundary divides the shared sentences.
    """
    for index in range(there[0], here[1]):
        behind_here = starts[here[1]] - starts[index + 1]
        before_there = starts[index] - starts[there[0]]
        if before_there > behind_here:
            return index
    return here[1]
