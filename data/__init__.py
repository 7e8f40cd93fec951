"""Labelled corpora: reading and writing, checking, splitting and counting them.

A corpus is a list of :class:`LabelledDocument`, whatever files it came from.
:func:`read_corpus` reads documents, plain tables and stand-off annotations, and either
returns a sound corpus or raises one :class:`DataError` that names everything wrong.
"""

from __future__ import annotations

from framelens.data.checks import check_corpora
from framelens.data.context import sentences_in_context
from framelens.data.corpora import read_corpus
from framelens.data.documents import Corpus, LabelledDocument, LabelledSentence, write_documents
from framelens.data.leaks import without_leaks
from framelens.data.problems import DataError, Problem
from framelens.data.side_swaps import SideSwaps, read_swaps
from framelens.data.splits import (
    metadata_value,
    split_as_given,
    split_by_document,
    split_by_time,
)
from framelens.data.summary import Summary, corpus_sha256, summarise
from framelens.data.swaps import Swap, random_swaps
from framelens.data.votes import label_shares, settle

__all__ = [
    "Corpus",
    "DataError",
    "LabelledDocument",
    "LabelledSentence",
    "Problem",
    "SideSwaps",
    "Summary",
    "Swap",
    "check_corpora",
    "corpus_sha256",
    "label_shares",
    "metadata_value",
    "random_swaps",
    "read_corpus",
    "read_swaps",
    "sentences_in_context",
    "settle",
    "split_as_given",
    "split_by_document",
    "split_by_time",
    "summarise",
    "without_leaks",
    "write_documents",
]
