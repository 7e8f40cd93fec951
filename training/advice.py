"""What labelled data ask of a training run, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framelens.data import Corpus
from framelens.data.intake import Findings, Intake
from framelens.model import FramelensError
from framelens.training.method import choose_method, cross_validates
from framelens.training.parts import make_parts
from framelens.training.settings import TrainSettings

__all__ = ["ENOUGH", "Advice", "advise"]

ENOUGH = 200
"""Sentences a label from which small encoders come close to what they can reach."""

FEWEST = 8
"""Sentences without which a label is neither learnt nor measured."""

TESTABLE = 500
"""Sentences of which some can be spared to test on."""

TOKENS_A_WORD = 1.5
LARGE_IMBALANCE = 5
WINDOW = 128


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to do or to know, and the settings that follow from it."""

    text: str
    settings: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.text[:1].upper()}{self.text[1:]}."


def advise(intake: Intake, findings: Findings) -> list[Advice]:
    """What to do with the data; what has settings is done, unless the user changes them."""
    decided = [
        _split(intake, findings),
        *_votes(findings),
        *_balance(findings),
        *_window(findings),
    ]
    tested = [*_test_part(intake, findings)]
    chosen = {name: value for each in decided + tested for name, value in each.settings.items()}
    settings = TrainSettings(data=[Path()], output=Path(), **chosen)
    corpus, faults = _learnt(settings, intake.corpus)
    method, why = choose_method(settings, corpus, intake.scheme)
    return [
        *_enough(findings),
        Advice(f"the method is {method}, {why}", {"method": "auto"}),
        *decided,
        *(tested or [_without_test_part(cross_validates(settings, method))]),
        *faults,
        *_texts(findings),
        *_labels(findings),
    ]


def _learnt(settings: TrainSettings, corpus: Corpus) -> tuple[Corpus, list[Advice]]:
    """What a run learns from; all there is, and what is wrong, where it cannot be split."""
    try:
        return make_parts(settings, corpus, {}).whole, []
    except FramelensError as error:
        return corpus, [Advice(f"no model can be trained yet: {error}")]


def _enough(findings: Findings) -> Iterator[Advice]:
    missing = {name: ENOUGH - count for name, count in findings.summary.leaves.items()}
    missing = {name: count for name, count in missing.items() if count > 0}
    leaf, fewest = findings.fewest
    if fewest < FEWEST:
        yield Advice(
            f"{leaf!r} has {_count(fewest, 'sentence')}: with fewer than {FEWEST} a label is "
            "neither learnt nor measured; label more, or put it together with another by --rename"
        )
    if missing:
        needs = ", ".join(f"{name} {count}" for name, count in missing.items())
        yield Advice(f"aim for {ENOUGH} to 300 sentences a label; still missing are {needs}")
    else:
        yield Advice(f"every label has {ENOUGH} sentences or more: enough to fine-tune on")


def _split(intake: Intake, findings: Findings) -> Advice:
    keys = intake.keys
    if keys.split:
        parts = ", ".join(f"{name} {count}" for name, count in findings.parts.items())
        return Advice(
            f"the data bring their own parts ({parts} sentences): they are kept",
            {"split": "fixed", "split_by": keys.split},
        )
    if keys.group:
        return Advice(
            f"documents share a value of {keys.group!r}: all of one are kept together, since a "
            "model that has seen some of them does better on the rest than on new ones",
            {"split": "grouped", "split_by": keys.group},
        )
    if keys.date and findings.summary.sentences >= TESTABLE:
        return Advice(
            f"documents have a date, {keys.date!r}: the latest are kept out, as a model will "
            "read what comes after it was trained",
            {"split": "time", "split_by": keys.date},
        )
    other = f"; with more of them, split by {keys.date!r}" if keys.date else ""
    return Advice(f"parts are drawn at random, whole documents each{other}", {"split": "random"})


def _test_part(intake: Intake, findings: Findings) -> Iterator[Advice]:
    if intake.keys.split and findings.parts.get("test"):
        yield Advice("the card's figures come from the part 'test', which nothing is chosen by")
    elif intake.keys.split:
        yield Advice("there is no part 'test': the card's figures come from the part 'dev'")
    elif findings.summary.sentences >= TESTABLE:
        text = "a fifth of the sentences is kept out to test on, which nothing is chosen by"
        yield Advice(text, {"test_share": 0.2})


def _without_test_part(in_turn: bool) -> Advice:
    if in_turn:
        return Advice(
            "too few to spare a part: each document is held out in turn, and the card's figures "
            "come from the models that have not learnt it"
        )
    return Advice(
        "too few to spare a part to test on: the card's figures come from the held-out part, "
        "which also decides when training stops, so they flatter a little"
    )


def _votes(findings: Findings) -> Iterator[Advice]:
    voted, doubtful = findings.summary.voted, findings.divided
    if voted and doubtful:
        yield Advice(
            f"annotators differ on {doubtful} of the {voted} sentences that several labelled: "
            "their shares are learnt, so that the model is unsure where people are",
            {"soft_labels": True},
        )


def _balance(findings: Findings) -> Iterator[Advice]:
    counts = findings.summary.leaves.values()
    if max(counts) > LARGE_IMBALANCE * max(1, min(counts)):
        yield Advice(
            "some labels are much rarer than others: their sentences count more, by the square "
            "root of how much rarer",
            {"class_weighting": "inverse-sqrt"},
        )


def _window(findings: Findings) -> Iterator[Advice]:
    if findings.lengths.most * TOKENS_A_WORD > WINDOW:
        yield Advice(
            "many texts do not fit into a window of the usual size: windows are twice as long",
            {"window": 2 * WINDOW},
        )


def _texts(findings: Findings) -> Iterator[Advice]:
    if findings.several:
        yield Advice(
            f"{findings.several} of {findings.summary.sentences} labelled texts hold several "
            "sentences and are learnt as one; the finished model labels each sentence of a text"
        )
    main = next((code for code in findings.languages if code), "en")
    if main != "en":
        yield Advice(
            f"the texts are in another language than English ({main}): name a base that knows it "
            "in train.yaml, such as a multilingual one from a model hub"
        )
    elif findings.foreign:
        yield Advice(
            f"{_count(len(findings.foreign), 'document')} may be in another language, which the "
            "base does not know; leave them out if they are"
        )


def _labels(findings: Findings) -> Iterator[Advice]:
    numbers = [name for name in findings.summary.leaves if name.isdigit()]
    if numbers:
        yield Advice(f"labels are numbers: --rename '{numbers[0]}=NAME' gives them names")
    for rare, common in findings.spellings:
        yield Advice(f"{rare!r} may be a slip for {common!r}: --rename '{rare}={common}' mends it")
    if findings.contradicted:
        yield Advice(
            f"{_count(len(findings.contradicted), 'sentence')} stand twice with different labels: "
            "decide on one, or name the column of the annotators if several labelled them"
        )
    if findings.leaks:
        yield Advice(
            f"{_count(len(findings.leaks), 'sentence')} stand in two parts: training leaves them "
            "out of the part to learn from"
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
