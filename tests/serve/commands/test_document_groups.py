"""Documents come as a stream and are held a group at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from weakref import WeakSet

from hypothesis import given
from hypothesis import strategies as st

from framelens.model import Document
from framelens.serve.commands.documents import GROUP_CHARACTERS, GROUP_DOCUMENTS, in_groups


@given(st.lists(st.integers(0, 2 * GROUP_CHARACTERS), max_size=150))
def test_groups_are_full_but_not_too_large(lengths: list[int]):
    documents = [Document("x" * length) for length in lengths]
    groups = list(in_groups(documents))
    assert [document for group in groups for document in group] == documents
    for group, following in zip_longest(groups, groups[1:]):
        size = sum(len(document.text or "") for document in group)
        assert 1 <= len(group) <= GROUP_DOCUMENTS
        assert len(group) == 1 or size <= GROUP_CHARACTERS
        if following:
            first = len(following[0].text or "")
            assert len(group) == GROUP_DOCUMENTS or size + first > GROUP_CHARACTERS


def test_sentences_count_by_their_characters():
    half = Document(sentences=["x" * (GROUP_CHARACTERS // 4)] * 2)
    assert [len(group) for group in in_groups([half] * 5)] == [2, 2, 1]


def test_memory_does_not_grow_with_the_input():
    alive: WeakSet[Document] = WeakSet()
    most = 0

    def documents() -> Iterator[Document]:
        nonlocal most
        for number in range(20 * GROUP_DOCUMENTS):
            document = Document("We won.", id=str(number))
            alive.add(document)
            most = max(most, len(alive))
            yield document

    for _ in in_groups(documents()):
        pass
    assert most <= 2 * GROUP_DOCUMENTS + 1
