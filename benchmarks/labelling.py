"""``python -m benchmarks.labelling``: do suspects, suggestions and learning curves keep their word?

On public sets, by the logistic regression over a frozen encoder that also finds the suspects, since
a thousand trainings take minutes with it. Writes ``labelling.md`` and ``labelling.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.labelled_vectors import (
    ANY,
    AT_ONCE,
    CURVES,
    POINTS,
    ROUNDS,
    WAYS,
    WRONG,
    LabelledVectors,
    measure_curves,
    measure_suggestions,
    measure_suspects,
)
from benchmarks.machine import versions
from benchmarks.public_sets import SETS, Row, rows_by_document
from benchmarks.report import number, paragraph, percent, table, write_report
from framelens.training.states import Encode, SentenceEncoder, scaled

HERE = Path(__file__).parent
FILES = (
    "trec6",
    "customer_reviews",
    "checkthat2025_subjectivity_en",
    "csabstruct",
    "sst5",
)
MOST = 1_500
"""Sentences of a set that are used, in whole documents."""

DRAWS = 3

Figures = Mapping[str, Mapping[str, Any]]
"""Set to figure."""


def main() -> None:
    """Measure every set and print where the report stands."""
    parser = argparse.ArgumentParser("python -m benchmarks.labelling", description=__doc__)
    parser.add_argument("--sets", type=Path, default=SETS, help="folder with the public sets")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for the report")
    parser.add_argument("--most", type=int, default=MOST, help="sentences of each set")
    parser.add_argument("--draws", type=int, default=DRAWS, help="repetitions")
    arguments = parser.parse_args()
    if not arguments.sets.is_dir():
        parser.error(f"--sets: there is no folder {arguments.sets}")
    encode = SentenceEncoder.load(ANY)
    sets = [read_set(arguments.sets, name, encode, arguments.most) for name in FILES]
    figures = {
        section: {each.name: measure(each, arguments.draws) for each in sets}
        for section, measure in SECTIONS.items()
    }
    content = {"versions": versions(("framelens", "scikit-learn", "torch")), "figures": figures}
    print(write_report(arguments.output, "labelling", _page(figures, arguments.draws), content))


def read_set(folder: Path, name: str, encode: Encode, most: int) -> LabelledVectors:
    """Documents of a set, drawn by chance, with their sentences read as vectors."""
    documents = rows_by_document(folder / f"{name}.parquet")
    chosen: list[list[Row]] = []
    sentences = 0
    for position in np.random.default_rng(0).permutation(len(documents)):
        if sentences < most:
            chosen.append(documents[position])
            sentences += len(documents[position])
    texts = [[row["text"] for row in rows] for rows in chosen]
    vectors = scaled(np.concatenate(list(encode(texts))))
    labels = [str(row["label"]) for rows in chosen for row in rows]
    numbers = [position for position, rows in enumerate(chosen) for _ in rows]
    classes = np.unique(labels, return_inverse=True)[1]
    return LabelledVectors(name, vectors, classes, np.array(numbers))


SECTIONS: dict[str, Callable[[LabelledVectors, int], Any]] = {
    "suspects": measure_suspects,
    "suggestions": measure_suggestions,
    "curves": measure_curves,
}


def _page(figures: dict[str, Any], draws: int) -> Iterator[str]:
    yield "Labelling"
    yield paragraph(
        "What `framelens data suspects`, `framelens suggest` and `framelens learn-curve` are "
        "worth on public sets, each read as vectors by the frozen base encoder, "
        "with a logistic regression as the model. `python -m benchmarks.labelling` repeats it."
    )
    yield ""
    yield from _suspects(figures["suspects"], draws)
    yield from _suggestions(figures["suggestions"], draws)
    yield from _curves(figures["curves"], draws)


def _suspects(figures: Figures, draws: int) -> Iterator[str]:
    yield from ("## Suspects", "")
    yield paragraph(
        f"{WRONG:.0%} of the labels were made wrong by chance, in each of {draws} draws; the "
        "figures are their means. *Listed* is how many labels are called suspicious; how many of "
        "these were made wrong (labels that were wrong before count as mistakes of the list), and "
        "how many of the wrong ones are listed; *first* is how many of the first 2% of all "
        "labels, by the order of the list, were made wrong."
    )
    yield ""
    yield from table(
        ("set", "sentences", "listed", "of these wrong", "of the wrong, listed", "of the first"),
        [
            (
                name,
                number(each["sentences"]),
                *(percent(each[key]) for key in ("listed", "precision", "recall", "first")),
            )
            for name, each in figures.items()
        ],
    )


def _suggestions(figures: Figures, draws: int) -> Iterator[str]:
    yield from ("## Suggestions", "")
    yield paragraph(
        f"{AT_ONCE} sentences are drawn by chance, then {ROUNDS} times {AT_ONCE} chosen in one of "
        f"three ways, each time with a model of all before. Accuracy and macro-F1 on a quarter of "
        f"the set, means of {draws} draws."
    )
    yield ""
    yield from table(
        ("set", *(f"{name}: accuracy, macro-F1" for name in WAYS)),
        [
            (
                name,
                *(f"{each[way]['accuracy']:.3f}, {each[way]['macro_f1']:.3f}" for way in WAYS),
            )
            for name, each in figures.items()
        ],
    )


def _curves(figures: Figures, draws: int) -> Iterator[str]:
    yield from ("## Learning curves", "")
    yield paragraph(
        f"Curves of {POINTS} points and {CURVES} draws are measured on a quarter of the labels "
        f"and foretell macro-F1 with all of them, on sentences that neither has seen; {draws} "
        "times. *No change* takes the last point for what more labels give."
    )
    yield ""
    yield from table(
        (
            *("set", "measured up to", "foretold"),
            *("mean error", "mean error of no change", "inside the interval"),
        ),
        [
            (
                name,
                number(each["measured_up_to"]),
                number(each["foretold"]),
                number(each["error"], 3),
                number(each["error_of_no_change"], 3),
                percent(each["covered"]),
            )
            for name, each in figures.items()
        ],
    )


if __name__ == "__main__":
    main()
