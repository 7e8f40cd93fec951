"""The model card: one generated page that says what a model is, and how good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from framelens.model import Artefact
from framelens.training.evaluation import Evaluation
from framelens.training.evaluation.plots import save_plots
from framelens.training.evaluation.report import describe_deletion, markdown_table
from framelens.training.evaluation.tables import (
    Table,
    calibration_table,
    class_table,
    coverage_table,
    deletion_table,
    kind_table,
    system_table,
)

__all__ = ["CARD", "write_card"]

CARD = "README.md"
TEMPLATE = Path(__file__).parent / "card.md"


def write_card(
    folder: Path, artefact: Artefact, evaluations: Mapping[str, Evaluation], errors: str = ""
) -> None:
    """Write the card and its plots into an artefact's folder.

    Args:
        folder: where they go.
        artefact: the model that the card is about.
        evaluations: what was measured, by the name of the data; the first is shown in full.
        errors: Markdown about the kinds of error that were found by reading.
    """
    manifest, scheme = artefact.manifest, artefact.scheme
    facts = manifest.provenance
    first = next(iter(evaluations.values()))
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=manifest.name,
        version=manifest.version,
        description=scheme.description,
        base=facts["settings"]["base"],
        labels="\n".join(f"- **{label.name}**: {label.definition}" for label in scheme.labels),
        leaves=markdown_table(_leaf_table(artefact)),
        figures=_blocks(_figures(evaluations)),
        kinds=markdown_table(kind_table(first)),
        confidence=markdown_table(calibration_table(first)),
        coverage=markdown_table(coverage_table(first)),
        evidence=_blocks(_evidence(first)),
        errors=_blocks(_errors(errors)),
        train=_counts(facts["train"]),
        held_out=_counts(facts["held_out"]),
        window=manifest.window,
        overlap=manifest.overlap,
        temperature=f"{manifest.temperature:.3f}",
        settings=_rows(facts["settings"]),
        files="\n".join(f"| {file['name']} | `{file['sha256']}` |" for file in facts["files"]),
        versions=_rows(facts["versions"]),
        revision=facts["git_revision"] or "not in a repository",
    )
    (folder / CARD).write_text(text, encoding="utf-8")
    save_plots(first, folder)


def _leaf_table(artefact: Artefact) -> Table:
    counts = artefact.manifest.provenance["train"]["leaves"]
    return Table(
        ("Leaf", "Label", "Sentences in training", "Example"),
        [
            (
                f"`{leaf.name}`",
                leaf.label,
                f"{counts.get(leaf.name, 0):,}",
                " ".join(f"*{example}*" for example in leaf.examples[:1]),
            )
            for leaf in artefact.scheme.leaves
        ],
    )


def _figures(evaluations: Mapping[str, Evaluation]) -> Iterable[str]:
    for name, evaluation in evaluations.items():
        yield (
            f"**{name}**: {evaluation.sentences:,} sentences of {evaluation.documents:,} documents."
        )
        yield markdown_table(system_table(evaluation))
        yield markdown_table(class_table(evaluation.scores.labels))


def _evidence(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.deletion:
        yield "## Evidence"
        yield describe_deletion(evaluation.deletion)
        yield markdown_table(deletion_table(evaluation.deletion))


def _errors(errors: str) -> Iterable[str]:
    if errors:
        yield "## Known kinds of error"
        yield errors.strip()


def _blocks(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks)


def _counts(summary: Mapping[str, Any]) -> str:
    return f"{summary['sentences']:,} sentences of {summary['documents']:,} documents"


def _rows(content: Mapping[str, Any]) -> str:
    return "\n".join(f"| {name} | `{value}` |" for name, value in content.items())
