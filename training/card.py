"""The model card: one generated page that says what a model is, and how good."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

from framelens.model import Artefact, TextProfile
from framelens.training.evaluation import Evaluation
from framelens.training.evaluation.report import markdown_table
from framelens.training.evaluation.tables import (
    Table,
    calibration_table,
    class_table,
    coverage_table,
    review_table,
    system_table,
)

__all__ = ["write_card"]

TEMPLATE = Path(__file__).parent / "card.md"


def write_card(folder: Path, artefact: Artefact, evaluation: Evaluation, part: str) -> None:
    """Write ``README.md`` into an artefact's folder.

    Args:
        folder: where the card goes.
        artefact: the model it is about.
        evaluation: the figures it shows.
        part: what the figures were measured on, such as ``test`` or ``held-out``.
    """
    manifest, scheme = artefact.manifest, artefact.scheme
    facts = manifest.provenance
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=manifest.name,
        version=manifest.version,
        description=scheme.description,
        base=facts["settings"]["base"],
        labels="\n".join(f"- **{label.name}**: {label.definition}" for label in scheme.labels),
        leaves="\n".join(f"| {row} |" for row in _leaf_rows(artefact)),
        part=part,
        figures=_figures(evaluation),
        review=_review(evaluation, part, facts["settings"]["review_accuracy"]),
        profile=_profile(manifest.profile) if manifest.profile else "It was not recorded.",
        train=_counts(facts["train"]),
        held_out=_counts(facts["held_out"]),
        window=manifest.window,
        overlap=manifest.overlap,
        temperature=f"{manifest.temperature:.3f}",
        settings=_table(facts["settings"]),
        files="\n".join(f"| {file['name']} | `{file['sha256']}` |" for file in facts["files"]),
        versions=_table(facts["versions"]),
        revision=facts["git_revision"] or "not in a repository",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def _figures(evaluation: Evaluation) -> str:
    tables = (
        system_table(evaluation),
        class_table(evaluation.scores.labels),
        calibration_table(evaluation),
        coverage_table(evaluation),
    )
    return "\n\n".join(markdown_table(table) for table in tables)


def _review(evaluation: Evaluation, part: str, accuracy: float) -> str:
    """What the mark means, the threshold, and what it costs."""
    mark = evaluation.review
    if mark is None:
        return (
            f"No threshold of confidence makes {accuracy:.1%} of the unmarked held-out answers "
            "right,\nso it has none, and no sentence is marked unless the caller sets one."
        )
    return (
        f"A sentence with a confidence below {mark.below:.3f} is marked: a person should look. "
        f"This is the\nlowest threshold that makes {accuracy:.1%} of the unmarked held-out answers "
        f"right, with no margin\nfor chance. On the {part} data:\n\n"
        f"{markdown_table(review_table(mark))}"
    )


def _profile(profile: TextProfile) -> str:
    shares = {
        f"annotated, {profile.sentences:,} sentences": profile.annotated,
        f"answered, {profile.held_out_sentences:,} held-out": profile.predicted,
    }
    labels = Table(
        ("Share", *profile.annotated),
        [(name, *(f"{each:.1%}" for each in row.values())) for name, row in shares.items()],
    )
    deciles = Table(
        ("Decile", *(f"{percent}%" for percent in range(10, 100, 10))),
        [
            ("confidence", *(f"{value:.3f}" for value in profile.confidence)),
            ("tokens", *(f"{value:g}" for value in profile.tokens)),
        ],
    )
    return f"{markdown_table(labels)}\n\n{markdown_table(deciles)}"


def _leaf_rows(artefact: Artefact) -> list[str]:
    counts = artefact.manifest.provenance["train"]["leaves"]
    return [
        f"`{leaf.name}` | {leaf.label} | {counts.get(leaf.name, 0)} | "
        + " ".join(f"*{example}*" for example in leaf.examples[:1])
        for leaf in artefact.scheme.leaves
    ]


def _counts(summary: dict[str, Any]) -> str:
    return f"{summary['sentences']:,} sentences of {summary['documents']:,} documents"


def _table(content: dict[str, Any]) -> str:
    return "\n".join(f"| {name} | `{value}` |" for name, value in content.items())
