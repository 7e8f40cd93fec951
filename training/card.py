"""The model card: one generated page that says what a model is, and how good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from framelens.model import Artefact, ArtefactError, TextProfile
from framelens.model.errors import one_of
from framelens.training.evaluation import Evaluation
from framelens.training.evaluation.plots import SIDES_PLOT, save_plots
from framelens.training.evaluation.report import (
    SIDES_METHOD,
    describe_deletion,
    describe_named_first,
    markdown_table,
)
from framelens.training.evaluation.tables import (
    Table,
    calibration_table,
    class_table,
    coverage_table,
    deletion_table,
    kind_table,
    review_table,
    side_table,
    system_table,
)

__all__ = ["CARD", "check_provenance", "write_card"]

CARD = "README.md"
TEMPLATE = Path(__file__).parent / "card.md"
_NEEDED = {"settings", "train", "held_out", "files", "versions", "git_revision"}


def write_card(
    folder: Path, artefact: Artefact, evaluations: Mapping[str, Evaluation], errors: str = ""
) -> None:
    """Write the card and its plots into an artefact's folder.

    Call :func:`check_provenance` before a long evaluation.

    Args:
        folder: where they go.
        artefact: the model that the card is about.
        evaluations: what was measured, by the name of the data; the first is shown in full.
        errors: Markdown about the kinds of error that were found by reading.
    """
    manifest, scheme = artefact.manifest, artefact.scheme
    facts = manifest.provenance
    name, first = next(iter(evaluations.items()))
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=manifest.name,
        version=manifest.version,
        description=scheme.description,
        base=facts["settings"]["base"],
        labels="\n".join(f"- **{label.name}**: {label.definition}" for label in scheme.labels),
        leaves=markdown_table(_leaf_table(artefact)),
        figures=_blocks(_figures(evaluations)),
        first=name,
        kinds=_blocks(_kinds(name, first)),
        confidence=markdown_table(calibration_table(first)),
        coverage=markdown_table(coverage_table(first)),
        sides=_blocks(_sides(first)),
        evidence=_blocks(_evidence(first)),
        errors=_blocks(_errors(errors)),
        review=_review(evaluations, facts["settings"].get("review_accuracy")),
        profile=_blocks(_profile(manifest.profile)),
        train=_counts(facts["train"]),
        held_out=_counts(facts["held_out"]),
        tasks=_tasks(facts["settings"]),
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


def check_provenance(artefact: Artefact) -> None:
    """Make sure that a card can be written.

    Raises:
        ArtefactError: the artefact does not tell how it was made.
    """
    if missing := _NEEDED - artefact.manifest.provenance.keys():
        raise ArtefactError(
            f"{artefact.folder}: its provenance has no {one_of(sorted(missing))}; only a model "
            "made by 'framelens train' gets a card"
        )


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


def _kinds(name: str, evaluation: Evaluation) -> Iterable[str]:
    if len(evaluation.kinds) > 1:
        yield f"By kind of text, on {name}:"
        yield markdown_table(kind_table(evaluation))


def _review(evaluations: Mapping[str, Evaluation], accuracy: float | None) -> str:
    """What the mark means, the threshold, and what it costs."""
    if accuracy is None:
        return "The model was made before there was a mark, and marks nothing by itself."
    marks = {name: each.review for name, each in evaluations.items() if each.review}
    if not marks:
        return (
            f"No threshold of confidence makes {accuracy:.1%} of the unmarked held-out answers "
            "right, so the model marks nothing unless the caller sets a threshold."
        )
    below = next(iter(marks.values())).below
    return (
        f"A sentence with a confidence below {below:.3f} is marked: a person should look. This is "
        f"the lowest threshold that makes {accuracy:.1%} of the unmarked held-out answers right, "
        f"with no margin for chance.\n\n{markdown_table(review_table(marks))}"
    )


def _profile(profile: TextProfile | None) -> Iterable[str]:
    if profile is None:
        return
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
    yield "How often each label was annotated, and how often the model answers it on held-out text:"
    yield markdown_table(labels)
    yield "The deciles of its confidence and of the tokens in a sentence there:"
    yield markdown_table(deciles)


def _tasks(settings: Mapping[str, Any]) -> str:
    """What the encoder did beside fine-tuning, as sentences."""
    tasks = []
    if path := settings.get("adaptation"):
        tasks.append(f"guessed masked words of `{path}`")
    if path := settings.get("attribution"):
        tasks.append(f"found sources, cues and contents in `{path}`")
    text = f" Before that the encoder {' and '.join(tasks)}." if tasks else ""
    if path := settings.get("swaps"):
        share = settings["swap_share"]
        text += f" Sides were swapped by `{path}` in {share:.0%} of the documents that name any."
    return text


def _evidence(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.deletion:
        yield "## Evidence"
        yield describe_deletion(evaluation.deletion)
        yield markdown_table(deletion_table(evaluation.deletion))


def _sides(evaluation: Evaluation) -> Iterable[str]:
    sides = evaluation.sides
    if not sides:
        return
    yield "## Sides"
    yield SIDES_METHOD
    yield markdown_table(side_table(sides))
    if sides.pairs:
        yield f"![Labels that flip, by pair of sides]({SIDES_PLOT})"
        yield describe_named_first(sides)


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
