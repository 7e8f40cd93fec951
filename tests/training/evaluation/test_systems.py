"""Models and files of answers, brought to the same sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.data.answers import read_answers
from framelens.model import FramingClassifier, InputError, Scheme
from framelens.training.evaluation import predict
from framelens.training.evaluation.systems import compare_systems

Make = Callable[..., LabelledDocument]
NOTHING = "\ufffd"
"""A character that the tokenizer drops."""


def corpus_of(document: Make) -> list[LabelledDocument]:
    texts = ("It rained.", 0), (NOTHING, 1), ("He said so.", 3), ("We won.", None)
    return [
        replace(document(*texts), id=str(number), text=document(*texts).text) for number in range(6)
    ] + [replace(document((NOTHING, 0)), id="unread")]


def test_a_model_and_its_own_answers_are_the_same(
    classifier: FramingClassifier, document: Make, tmp_path: Path
):
    corpus, scheme = corpus_of(document), classifier.artefact.scheme
    said = predict(classifier, corpus).predicted_labels.reshape(6, 2)
    path = tmp_path / "answers.jsonl"
    lines = [
        {
            "id": each.id,
            "sentences": [
                {"begin": span.begin, "end": span.end, "label": scheme.label_names[label]}
                for span, label in zip(each.sentences[::2], labels, strict=True)
            ],
        }
        for each, labels in zip(corpus[:6], said, strict=True)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    systems = classifier, read_answers(path, scheme)
    comparison = compare_systems(("model", "file"), systems, corpus, scheme)
    assert (comparison.documents, comparison.sentences, comparison.unread) == (6, 12, 7)
    assert comparison.mcnemar.only_first == comparison.mcnemar.only_second == 0
    assert comparison.differences[0].difference.value == 0.0


def test_a_model_of_other_leaves_is_refused(classifier: FramingClassifier, document: Make):
    scheme = Scheme.from_dict({"name": "tone", "labels": {"calm": {}, "angry": {}}})
    artefact = replace(classifier.artefact, scheme=scheme)
    other = FramingClassifier(artefact, classifier.engine)
    with pytest.raises(InputError, match="B: its leaves are not those of the scheme 'framing'"):
        compare_systems(
            ("A", "B"), (classifier, other), corpus_of(document), classifier.artefact.scheme
        )


def test_of_what_no_model_reads_there_is_no_comparison(
    classifier: FramingClassifier, document: Make
):
    with pytest.raises(InputError, match="no labelled sentence has a character"):
        compare_systems(
            ("A", "B"),
            (classifier, classifier),
            [document((NOTHING, 0))],
            classifier.artefact.scheme,
        )


def test_several_labels_a_sentence_are_compared_each(tmp_path: Path):
    labels: dict[str, object] = {"angry": {}, "sad": {}}
    scheme = Scheme.from_dict({"name": "moods", "labels": labels, "multi_label": True})
    one = LabelledDocument(
        "one",
        "It rained. He said so.",
        (LabelledSentence(0, 10, "angry|sad"), LabelledSentence(11, 22, "")),
    )
    for name, said in {"right": ("angry|sad", ""), "half": ("sad", "")}.items():
        rows = [f"one,{said[0]},0,10", f"one,{said[1]},11,22"]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,label,begin,end", *rows]))
    half, right = (read_answers(tmp_path / f"{name}.csv", scheme) for name in ("half", "right"))
    comparison = compare_systems(("half", "right"), (half, right), [one], scheme)
    _, accuracy, angry, sad = comparison.differences
    assert (accuracy.first, accuracy.second) == (0.5, 1.0)
    assert (angry.first, angry.second, angry.sentences) == (0.0, 1.0, 1)
    assert (sad.first, sad.second) == (1.0, 1.0)
