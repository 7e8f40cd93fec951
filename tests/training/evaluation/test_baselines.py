"""What the baselines answer."""

from collections.abc import Callable
from dataclasses import replace

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import Scheme
from framelens.training.evaluation import Predictions
from framelens.training.evaluation.baselines import MAJORITY, TFIDF, baseline_leaves

Build = Callable[..., Predictions]


def corpus(scheme: Scheme, *pairs: tuple[str, int]) -> list[LabelledDocument]:
    return [
        LabelledDocument(
            str(position), text, (LabelledSentence(0, len(text), scheme.leaf_names[leaf]),)
        )
        for position, (text, leaf) in enumerate(pairs)
    ]


def test_majority_of_the_test_labels_without_training_data(build: Build):
    test = build([1, 1, 0, 2], [0, 0, 0, 0])
    assert {name: leaves.tolist() for name, leaves in baseline_leaves(test, None).items()} == {
        MAJORITY: [1, 1, 1, 1]
    }


def test_majority_is_of_labels_first(build: Build):
    # Leaf 0 is the most frequent leaf, but leaves 2 and 3 share the most frequent label.
    test = build([0, 0, 0, 2, 2, 3, 3, 3], [0] * 8)
    assert set(baseline_leaves(test, None)[MAJORITY]) == {3}
    test = build([0, 0, 0, 0, 2, 2, 2, 3, 3], [0] * 9)
    assert set(baseline_leaves(test, None)[MAJORITY]) == {2}


def test_baselines_learn_from_the_training_corpus_alone(build: Build, scheme: Scheme):
    train = corpus(
        scheme,
        *[(f"The sun shines over town {n}.", 0) for n in range(6)],
        *[(f"Rain pours over town {n}.", 1) for n in range(4)],
        *[(f"“Rain pours over town {n}.”", 3) for n in range(4)],
    )
    test = replace(
        build([1, 1, 1], [0, 0, 0]),
        texts=["The sun shines again.", "Rain pours again.", "“Rain pours again.”"],
    )
    baselines = baseline_leaves(test, train)
    assert baselines[MAJORITY].tolist() == [0, 0, 0]
    assert baselines[TFIDF].tolist() == [0, 1, 3]


def test_one_class_leaves_nothing_to_learn(build: Build, scheme: Scheme):
    train = corpus(scheme, ("Rain.", 1), ("More rain.", 1))
    assert list(baseline_leaves(build([0], [0]), train)) == [MAJORITY]
