"""Sentences that stand in training documents and in test documents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from framelens.data.documents import Corpus
from framelens.model import split_sentences

__all__ = ["has_any", "leak_key", "leak_keys", "without_leaks"]

_FEWEST_WORDS = 5


def leak_key(sentence: str) -> str | None:
    """What two sentences share when they are the same but for case and white space.

    None for a sentence of fewer than five words: that two texts say “Thank you.” is no leak.
    """
    words = sentence.casefold().split()
    return " ".join(words) if len(words) >= _FEWEST_WORDS else None


def leak_keys(corpus: Corpus) -> set[str]:
    """The keys of a corpus's labelled sentences, those of short ones left out."""
    keys = (leak_key(document.text_of(each)) for document in corpus for each in document.sentences)
    return {key for key in keys if key}


def has_any(text: str, keys: Collection[str]) -> bool:
    """Whether one of a text's sentences has one of these keys."""
    return any(leak_key(text[begin:end]) in keys for begin, end in split_sentences(text))


def without_leaks(corpus: Corpus, test: Corpus) -> tuple[Corpus, int]:
    """Take the labels from sentences that also stand in the test documents.

    Such a sentence stays in its text, as context for the others, but is no longer one of its
    labelled sentences; a document that has none left goes.

    Returns:
        The rest of the corpus, and how many labelled sentences were removed.
    """
    tested = leak_keys(test)
    kept = []
    removed = 0
    for document in corpus:
        sentences = tuple(
            sentence
            for sentence in document.sentences
            if leak_key(document.text_of(sentence)) not in tested
        )
        removed += len(document.sentences) - len(sentences)
        if sentences:
            kept.append(replace(document, sentences=sentences))
    return kept, removed
