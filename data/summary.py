"""What a corpus holds, in numbers, and a hash of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from framelens.data.documents import Corpus
from framelens.model.scheme import Scheme

__all__ = ["Summary", "corpus_sha256", "summarise"]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many documents and sentences there are, and sentences by what they are.

    ``leaves`` has every leaf of the scheme, in its order; of a multi-label scheme, a sentence
    counts for each of its labels, and ``unlabelled`` are those without any. ``voted`` are those
    with votes of several annotators. ``kinds`` counts by the documents' metadata ``kind``, the
    most frequent first, and leaves out documents without one.
    """

    documents: int
    sentences: int
    doubtful: int
    leaves: Mapping[str, int]
    kinds: Mapping[str, int]
    unlabelled: int = 0
    voted: int = 0


def summarise(corpus: Corpus, scheme: Scheme) -> Summary:
    """Count what a corpus holds."""
    sentences = [sentence for document in corpus for sentence in document.sentences]
    leaves = Counter(leaf for each in sentences for leaf in scheme.leaf_indices(each.label))
    kinds: Counter[str] = Counter()
    for document in corpus:
        if kind := document.metadata.get("kind"):
            kinds[kind] += len(document.sentences)
    return Summary(
        documents=len(corpus),
        sentences=len(sentences),
        doubtful=sum(sentence.doubtful for sentence in sentences),
        leaves={name: leaves[leaf] for leaf, name in enumerate(scheme.leaf_names)},
        kinds=dict(kinds.most_common()),
        unlabelled=sum(not sentence.label for sentence in sentences),
        voted=sum(len(sentence.votes) > 1 for sentence in sentences),
    )


def corpus_sha256(corpus: Corpus) -> str:
    """A hash of texts, sentences and metadata, whatever their order and the documents' ids.

    Ids do not count because those of plain tables come from the names of files.
    """
    digests = []
    for document in corpus:
        content = {name: value for name, value in document.to_dict().items() if name != "id"}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        digests.append(hashlib.sha256(canonical.encode()).hexdigest())
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
