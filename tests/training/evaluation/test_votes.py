"""The votes of a corpus, and annotators measured as a model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from framelens.data import Corpus, LabelledDocument, LabelledSentence
from framelens.model import FramelensError, Scheme
from framelens.training.evaluation.vote_tables import (
    agreement_table,
    annotator_table,
    class_agreement_table,
    disagreement_table,
)
from framelens.training.evaluation.votes import measure_votes, read_decisions, read_votes


def corpus(*ballots: Sequence[str], settled: Sequence[str] = ()) -> Corpus:
    """A document a ballot; what is settled is the first vote where nothing else is said."""
    documents = []
    for row, votes in enumerate(ballots):
        label = settled[row] if settled else votes[0]
        sentence = LabelledSentence(0, 4, label, tuple(votes))
        documents.append(LabelledDocument(str(row), "Rain", (sentence,)))
    return documents


def test_sentences_with_one_vote_are_left_out(scheme: Scheme):
    votes = read_votes(corpus(["sun", "rain"], ["sun"], ["rain", "rain", "sun"]), scheme)
    assert votes.chosen.tolist() == [[0, 1, -1], [1, 1, 0]]
    assert votes.documents.tolist() == [0, 2]
    assert votes.counts.tolist() == [[1, 1, 0, 0], [1, 2, 0, 0]]


def test_a_corpus_without_votes_is_refused(scheme: Scheme):
    with pytest.raises(FramelensError, match="no sentence has the votes of two annotators"):
        read_votes(corpus(["sun"], ["rain"]), scheme)


def test_leaves_fold_into_labels(scheme: Scheme):
    votes = read_votes(corpus(["said_sun", "said_rain"], ["sun", "sun", "rain"]), scheme)
    folded = votes.folded(scheme)
    assert folded.names == scheme.label_names
    assert folded.chosen.tolist() == [[2, 2, -1], [0, 0, 1]]
    assert measure_votes(votes).alpha.value < measure_votes(folded).alpha.value


def test_annotators_are_measured_against_the_settled_and_against_the_others(scheme: Scheme):
    ballots = [["sun", "sun", "rain"], ["rain", "rain", "rain"], ["sun", "rain", "sun"]]
    agreement = measure_votes(read_votes(corpus(*ballots, settled=["sun", "rain", "rain"]), scheme))
    assert list(agreement.annotators) == ["1", "2", "3"]
    right = [each.accuracy.value for each in agreement.annotators.values()]
    assert right == pytest.approx([2 / 3, 1, 1 / 3])
    # The others of the first agree on the second sentence only.
    others = agreement.against_others.values()
    assert [sum(map(sum, scores.confusion)) for scores in others] == [1, 2, 2]
    assert [scores.accuracy.value for scores in others] == [1.0, 0.5, 0.5]
    assert list(agreement.cohen) == [("1", "2"), ("1", "3"), ("2", "3")]
    assert [(each.classes, each.pairs) for each in agreement.disagreements] == [
        (("sun", "rain"), 4)
    ]


def test_two_annotators_have_no_majority_of_others(scheme: Scheme):
    agreement = measure_votes(read_votes(corpus(["sun", "rain"], ["rain", "rain"]), scheme))
    assert agreement.against_others == {}
    assert annotator_table(agreement).rows[0][-1] == "–"


def test_annotators_have_their_names(scheme: Scheme):
    names = [("ada", "ben"), ("ben", "carol")]
    ballots = corpus(["sun", "rain"], ["rain", "rain"])
    for position, each in enumerate(names):
        (sentence,) = ballots[position].sentences
        ballots[position] = replace(
            ballots[position], sentences=(replace(sentence, annotators=each),)
        )
    votes = read_votes(ballots, scheme)
    assert votes.annotators == ("ada", "ben", "carol")
    assert votes.chosen.tolist() == [[0, 1, -1], [-1, 1, 1]]
    assert list(measure_votes(votes).cohen) == [("ada", "ben"), ("ben", "carol")]


def test_labels_of_which_there_may_be_several_are_decided_one_by_one():
    content = {"name": "tone", "multi_label": True, "labels": {"angry": {}, "sad": {}}}
    scheme = Scheme.from_dict(content)
    decisions = read_decisions(corpus(["angry|sad", "sad"], ["", "angry"]), scheme)
    assert decisions["angry"].chosen.tolist() == [[1, 0], [0, 1]]
    assert decisions["sad"].chosen.tolist() == [[1, 1], [0, 0]]
    assert decisions["angry"].settled.tolist() == [1, 0]
    assert measure_votes(decisions["sad"]).alpha.value == 1.0


def test_intervals_are_by_document(scheme: Scheme):
    ballots = [["sun", "sun"], ["rain", "rain"], ["sun", "rain"], ["rain", "rain"]] * 20
    agreement = measure_votes(read_votes(corpus(*ballots), scheme))
    for estimate in (agreement.alpha, agreement.fleiss, agreement.cohen["1", "2"]):
        assert 0 < estimate.low < estimate.value < estimate.high < 1


def test_the_tables_name_everything(scheme: Scheme):
    votes = read_votes(corpus(["sun", "rain"], ["sun", "sun"], ["said_sun", "said_rain"]), scheme)
    leaves, labels = measure_votes(votes), measure_votes(votes.folded(scheme))
    table = agreement_table({"public labels": labels, "leaves": leaves})
    assert table.header == ("Agreement over", "public labels", "leaves")
    assert [row[0] for row in table.rows] == [
        "Krippendorff's alpha",
        "Fleiss' kappa",
        "Cohen's kappa, 1 and 2",
    ]
    by_class = class_agreement_table(labels)
    assert [row[0] for row in by_class.rows] == ["sunny", "rainy", "said"]
    assert by_class.rows[2][2].startswith("1.000")
    assert by_class.header[-2:] == ("F1 1", "F1 2")
    assert disagreement_table(leaves).rows == [
        ("sun / rain", "1"),
        ("said_sun / said_rain", "1"),
    ]
    assert np.isnan(leaves.classes[1].alpha.value) == (leaves.classes[1].votes == 0)
