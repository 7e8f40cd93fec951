"""Packing, against a reference that does it the slow and obvious way."""

from __future__ import annotations

from itertools import groupby, pairwise
from math import ceil, inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framelens.model.windows import Part, Window, pack_windows

LENGTHS = st.lists(st.integers(1, 30), max_size=40)
CAPACITIES = st.integers(1, 40)
OVERLAPS = st.integers(0, 5)


def runs(lengths: list[int], capacity: int) -> list[list[int]]:
    """Neighbouring sentences that each fit a window, as lists of sentence numbers."""
    grouped = groupby(range(len(lengths)), key=lambda sentence: lengths[sentence] <= capacity)
    return [list(sentences) for fits, sentences in grouped if fits]


def is_pieces(window: Window, lengths: list[int], capacity: int) -> bool:
    return lengths[window.parts[0].sentence] > capacity


def reference_ranges(
    run: list[int], lengths: list[int], capacity: int, overlap: int
) -> list[list[int]]:
    """The sentences of each window over a run: all that fits, then the next with some again."""
    ranges: list[list[int]] = []
    left = list(run)
    while left:
        shared = overlap
        while True:
            before = ranges[-1][-shared:] if ranges and shared else []
            if sum(lengths[sentence] for sentence in [*before, left[0]]) <= capacity:
                break
            shared = min(shared, len(before)) - 1
        window = before
        while left and sum(lengths[s] for s in window) + lengths[left[0]] <= capacity:
            window = [*window, left.pop(0)]
        ranges.append(window)
    return ranges


def poorer_context(sentence: int, window: list[int], run: list[int], lengths: list[int]) -> float:
    """Tokens of context on the poorer side; the end of the run is no loss of context."""
    before = sum(lengths[s] for s in window if s < sentence)
    behind = sum(lengths[s] for s in window if s > sentence)
    return min(
        inf if window[0] == run[0] else before,
        inf if window[-1] == run[-1] else behind,
    )


@settings(max_examples=500)
@given(LENGTHS, CAPACITIES, OVERLAPS)
@example([1] * 40, 1, 5)
@example([5] * 20, 5, 2)
@example([1] * 40, 3, 5)
@example([30], 1, 0)
@example([], 1, 0)
def test_every_token_is_scored_exactly_once(lengths: list[int], capacity: int, overlap: int):
    scored = [
        (part.sentence, token)
        for window in pack_windows(lengths, capacity, overlap)
        for part in window.parts
        if part.scored
        for token in range(part.begin, part.end)
    ]
    assert scored == [(s, token) for s, length in enumerate(lengths) for token in range(length)]


@settings(max_examples=500)
@given(LENGTHS, CAPACITIES, OVERLAPS)
def test_windows_fit_and_hold_consecutive_whole_sentences_or_one_piece(
    lengths: list[int], capacity: int, overlap: int
):
    for window in pack_windows(lengths, capacity, overlap):
        assert 1 <= window.length <= capacity
        assert window.length == sum(part.end - part.begin for part in window.parts)
        if is_pieces(window, lengths, capacity):
            assert len(window.parts) == 1
        else:
            assert all(
                (part.begin, part.end) == (0, lengths[part.sentence]) for part in window.parts
            )
            assert all(b.sentence == a.sentence + 1 for a, b in pairwise(window.parts))
            assert any(part.scored for part in window.parts)


@settings(max_examples=500)
@given(LENGTHS, CAPACITIES, OVERLAPS)
@example([10, 1, 10, 1, 10], 12, 5)
def test_windows_share_what_the_reference_shares(lengths: list[int], capacity: int, overlap: int):
    expected = [
        window
        for run in runs(lengths, capacity)
        for window in reference_ranges(run, lengths, capacity, overlap)
    ]
    packed = [
        [part.sentence for part in window.parts]
        for window in pack_windows(lengths, capacity, overlap)
        if not is_pieces(window, lengths, capacity)
    ]
    assert packed == expected


@settings(max_examples=500)
@given(LENGTHS, CAPACITIES, OVERLAPS)
def test_a_shared_sentence_is_scored_where_its_poorer_side_has_most_context(
    lengths: list[int], capacity: int, overlap: int
):
    windows = [
        window.parts
        for window in pack_windows(lengths, capacity, overlap)
        if not is_pieces(window, lengths, capacity)
    ]
    for run in runs(lengths, capacity):
        for sentence in run:
            context, scored = [], []
            for parts in windows:
                inside = [part.sentence for part in parts]
                if sentence in inside:
                    context.append(poorer_context(sentence, inside, run, lengths))
                    scored.append(parts[inside.index(sentence)].scored)
            assert scored.index(True) == context.index(max(context))


@settings(max_examples=300)
@given(
    st.integers(3, 40).flatmap(
        lambda capacity: st.tuples(st.just(capacity), st.lists(st.integers(1, capacity // 3)))
    )
)
def test_with_an_overlap_of_two_every_sentence_has_neighbours_on_both_sides(
    case: tuple[int, list[int]],
):
    capacity, lengths = case
    for window in pack_windows(lengths, capacity, overlap=2):
        inside = {part.sentence for part in window.parts}
        for part in window.parts:
            if part.scored:
                neighbours = {part.sentence - 1, part.sentence + 1} & set(range(len(lengths)))
                assert neighbours <= inside


@settings(max_examples=300)
@given(st.integers(1, 500), CAPACITIES)
def test_a_long_sentence_is_cut_into_as_few_nearly_equal_pieces_as_fit(length: int, capacity: int):
    pieces = [window.parts[0] for window in pack_windows([length], capacity)]
    sizes = [piece.end - piece.begin for piece in pieces]
    assert len(pieces) == ceil(length / capacity)
    assert max(sizes) - min(sizes) <= 1
    assert [piece.begin for piece in pieces] == [0, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].end == length


def test_sentences_on_both_sides_of_a_long_one_share_no_window():
    assert pack_windows([2, 2, 9, 2, 2], capacity=6) == [
        Window((Part(0, 0, 2, True), Part(1, 0, 2, True))),
        Window((Part(2, 0, 4, True),)),
        Window((Part(2, 4, 9, True),)),
        Window((Part(3, 0, 2, True), Part(4, 0, 2, True))),
    ]


def test_a_document_that_fits_is_one_window():
    assert pack_windows([3, 4, 5], capacity=12) == [
        Window((Part(0, 0, 3, True), Part(1, 0, 4, True), Part(2, 0, 5, True)))
    ]


def test_the_middle_of_the_overlap_divides_two_windows():
    first, second = pack_windows([1] * 8, capacity=6, overlap=4)
    assert [(part.sentence, part.scored) for part in first.parts] == [
        (0, True), (1, True), (2, True), (3, True), (4, False), (5, False),
    ]  # fmt: skip
    assert [(part.sentence, part.scored) for part in second.parts] == [
        (2, False), (3, False), (4, True), (5, True), (6, True), (7, True),
    ]  # fmt: skip


@settings(max_examples=300)
@given(LENGTHS, CAPACITIES, OVERLAPS)
def test_no_sentence_is_read_more_often_than_the_overlap_asks(
    lengths: list[int], capacity: int, overlap: int
):
    windows = pack_windows(lengths, capacity, overlap)
    for sentence in range(len(lengths)):
        if lengths[sentence] <= capacity:
            read = sum(part.sentence == sentence for window in windows for part in window.parts)
            assert 1 <= read <= overlap + 1


def test_very_many_tiny_sentences_pack_into_few_windows():
    windows = pack_windows([1] * 100_000, capacity=126, overlap=2)
    assert len(windows) == ceil((100_000 - 2) / 124)


def test_an_overlap_larger_than_a_window_still_moves_on_by_a_sentence():
    windows = pack_windows([1] * 2_000, capacity=20, overlap=1_000_000)
    assert len(windows) == 2_000 - 20 + 1
    assert all(window.length == 20 for window in windows)


@given(LENGTHS, CAPACITIES, OVERLAPS, st.integers(0, 3))
def test_gaps_between_sentences_fit_too(lengths: list[int], capacity: int, overlap: int, gap: int):
    windows = pack_windows(lengths, capacity, overlap, gap)
    assert all(window.length + gap * (len(window.parts) - 1) <= capacity for window in windows)
    scored = [
        (part.sentence, token)
        for window in windows
        for part in window.parts
        if part.scored
        for token in range(part.begin, part.end)
    ]
    assert scored == [(s, token) for s, length in enumerate(lengths) for token in range(length)]
    assert pack_windows([3, 4, 3], capacity=12, gap=1) == pack_windows([3, 4, 3], capacity=10)


@pytest.mark.parametrize(
    ("capacity", "overlap", "gap"), [(0, 2, 0), (-1, 2, 0), (5, -1, 0), (5, 2, -1)]
)
def test_what_cannot_be_is_refused(capacity: int, overlap: int, gap: int):
    with pytest.raises(ValueError, match=f"got {capacity}, {overlap} and {gap}"):
        pack_windows([1, 2], capacity, overlap, gap)
