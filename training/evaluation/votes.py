"""The votes of a corpus: how far annotators agree, and each of them measured as a model is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus
from framelens.model import FramelensError, Scheme
from framelens.training.evaluation.agreement import (
    alpha_by_class,
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    fleiss_sums,
    krippendorff_alpha,
    specific_agreement,
)
from framelens.training.evaluation.metrics import (
    Estimate,
    Scores,
    document_confusions,
    document_resamples,
    estimates,
    score,
)

__all__ = [
    "ClassAgreement",
    "Disagreement",
    "VoteAgreement",
    "Votes",
    "measure_votes",
    "read_decisions",
    "read_votes",
]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

NO_VOTE = -1
NO_YES = ("no", "yes")


class _Ballot(NamedTuple):
    """Who chose what of a sentence, what was settled, and the position of its document."""

    votes: Mapping[str, str]
    settled: str
    document: int


@dataclass(frozen=True, eq=False)
class Votes:
    """What annotators chose, of the sentences that at least two of them labelled.

    ``names`` are the classes. ``chosen`` is ``[sentences, annotators]``, positions of classes, -1
    where an annotator has no vote. ``settled`` are the classes that count, ``documents`` the
    positions of the documents, ``[sentences]`` each.
    """

    names: tuple[str, ...]
    annotators: tuple[str, ...]
    chosen: Integers
    settled: Integers
    documents: Integers

    @cached_property
    def counts(self) -> Integers:
        """How many votes each class has, ``[sentences, classes]``."""
        return _counts(self.chosen, len(self.names))

    def folded(self, scheme: Scheme) -> Votes:
        """The same votes for public labels instead of leaves."""
        labels = scheme.folding.argmax(axis=1)
        chosen = np.where(self.chosen == NO_VOTE, NO_VOTE, labels[self.chosen])
        return replace(self, names=scheme.label_names, chosen=chosen, settled=labels[self.settled])


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """Agreement on one class.

    ``alpha`` is that of this class against all others together. ``specific`` is how often another
    annotator chose the class too where one did. ``votes`` counts the votes for it.
    """

    name: str
    alpha: Estimate
    specific: Estimate
    votes: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two classes, and how many pairs of votes on a sentence were for one and for the other."""

    classes: tuple[str, str]
    pairs: int


@dataclass(frozen=True, slots=True)
class VoteAgreement:
    """Agreement of annotators over a set of classes, with intervals by document.

    ``cohen`` has the kappa of every two annotators that have sentences in common. ``annotators``
    measures each against the settled labels, which their own votes helped to settle;
    ``against_others`` against what most of the others chose, of those for whom two others
    labelled any of their sentences. ``disagreements`` begin with the most frequent.
    """

    alpha: Estimate
    fleiss: Estimate
    cohen: Mapping[tuple[str, str], Estimate]
    classes: tuple[ClassAgreement, ...]
    annotators: Mapping[str, Scores]
    against_others: Mapping[str, Scores]
    disagreements: tuple[Disagreement, ...]


def read_votes(corpus: Corpus, scheme: Scheme) -> Votes:
    """The votes of a corpus for leaves; annotators without names are numbered.

    Raises:
        FramelensError: no sentence has two votes.
    """
    return _votes(_ballots(corpus), scheme.leaf_names, scheme.leaf_index)


def read_decisions(corpus: Corpus, scheme: Scheme) -> dict[str, Votes]:
    """The votes of a corpus for each label of a multi-label scheme, as a yes or no.

    Raises:
        FramelensError: no sentence has two votes.
    """
    ballots = _ballots(corpus)

    def decision(leaf: int) -> Callable[[str], int]:
        return lambda vote: leaf in scheme.leaf_indices(vote)

    return {
        label: _votes(ballots, NO_YES, decision(leaf))
        for leaf, label in enumerate(scheme.leaf_names)
    }


def measure_votes(votes: Votes) -> VoteAgreement:
    """Measure how far the annotators agree."""
    coincident = _by_document(coincidences(votes.counts), votes.documents)
    fleiss = _by_document(fleiss_sums(votes.counts), votes.documents)
    resamples = document_resamples(len(coincident))
    sums = coincident.sum(axis=0), np.tensordot(resamples, coincident, axes=1)
    alphas, specifics = estimates(alpha_by_class, *sums), estimates(specific_agreement, *sums)
    return VoteAgreement(
        alpha=estimates(krippendorff_alpha, *sums)[0],
        fleiss=estimates(fleiss_kappa, fleiss.sum(axis=0), resamples @ fleiss)[0],
        cohen=_cohen_kappas(votes),
        classes=tuple(
            ClassAgreement(name, alpha, specific, int(count))
            for name, alpha, specific, count in zip(
                votes.names, alphas, specifics, votes.counts.sum(axis=0), strict=True
            )
        ),
        annotators={
            name: _score(votes, votes.settled, chosen)
            for name, chosen in zip(votes.annotators, votes.chosen.T, strict=True)
        },
        against_others=_against_others(votes),
        disagreements=_disagreements(votes.counts, votes.names),
    )


def _ballots(corpus: Corpus) -> list[_Ballot]:
    """The sentences with two votes or more."""
    ballots = []
    for position, document in enumerate(corpus):
        for sentence in document.sentences:
            if len(sentence.votes) > 1:
                names = sentence.annotators or map(str, range(1, len(sentence.votes) + 1))
                votes = dict(zip(names, sentence.votes, strict=True))
                ballots.append(_Ballot(votes, sentence.label, position))
    if not ballots:
        raise FramelensError("no sentence has the votes of two annotators: the files lack 'votes'")
    return ballots


def _votes(
    ballots: Sequence[_Ballot], names: tuple[str, ...], class_of: Callable[[str], int]
) -> Votes:
    annotators = tuple({name: None for ballot in ballots for name in ballot.votes})
    chosen = np.full((len(ballots), len(annotators)), NO_VOTE)
    for row, ballot in enumerate(ballots):
        for name, vote in ballot.votes.items():
            chosen[row, annotators.index(name)] = class_of(vote)
    settled = np.array([class_of(ballot.settled) for ballot in ballots], dtype=np.int64)
    documents = np.array([ballot.document for ballot in ballots])
    return Votes(names, annotators, chosen, settled, documents)


def _counts(chosen: Integers, classes: int) -> Integers:
    return np.asarray((chosen[:, :, np.newaxis] == np.arange(classes)).sum(axis=1))


def _cohen_kappas(votes: Votes) -> dict[tuple[str, str], Estimate]:
    kappas = {}
    columns = zip(votes.annotators, votes.chosen.T, strict=True)
    for (one, first), (other, second) in combinations(columns, 2):
        if ((first != NO_VOTE) & (second != NO_VOTE)).any():
            confusions = _confusions(votes, first, second)
            resampled = np.tensordot(document_resamples(len(confusions)), confusions, axes=1)
            kappas[one, other] = estimates(cohen_kappa, confusions.sum(axis=0), resampled)[0]
    return kappas


def _against_others(votes: Votes) -> dict[str, Scores]:
    """Each annotator measured against what most of the others chose, where one class leads."""
    measured = {}
    for column, (name, chosen) in enumerate(zip(votes.annotators, votes.chosen.T, strict=True)):
        counts = _counts(np.delete(votes.chosen, column, axis=1), len(votes.names))
        leads = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
        majority = np.where(leads & (counts.sum(axis=1) > 1), counts.argmax(axis=1), NO_VOTE)
        if ((majority != NO_VOTE) & (chosen != NO_VOTE)).any():
            measured[name] = _score(votes, majority, chosen)
    return measured


def _score(votes: Votes, true: Integers, chosen: Integers) -> Scores:
    confusions = _confusions(votes, true, chosen)
    return score(votes.names, confusions, document_resamples(len(confusions)))


def _confusions(votes: Votes, first: Integers, second: Integers) -> Integers:
    """Confusions ``[documents, first, second]`` over the sentences for which both are known."""
    both = (first != NO_VOTE) & (second != NO_VOTE)
    return document_confusions(first[both], second[both], votes.documents[both], len(votes.names))


def _disagreements(counts: Integers, names: Sequence[str]) -> tuple[Disagreement, ...]:
    pairs = counts.T @ counts
    found = [
        Disagreement((names[one], names[other]), int(pairs[one, other]))
        for one, other in combinations(range(len(names)), 2)
        if pairs[one, other]
    ]
    return tuple(sorted(found, key=lambda each: -each.pairs))


def _by_document(values: Floats, documents: Integers) -> Floats:
    """Sums over the sentences of each document that occurs, ``[documents, ...]``."""
    names, positions = np.unique(documents, return_inverse=True)
    sums = np.zeros((len(names), *values.shape[1:]))
    np.add.at(sums, positions, values)
    return sums
