"""The model card: one generated page that says what a model is, and how good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from framelens.model import Artefact, ArtefactError, Scheme, TextProfile
from framelens.model.artefact import Manifest
from framelens.model.errors import one_of
from framelens.training.card_words import meaning, votes_clause
from framelens.training.evaluation import Evaluation
from framelens.training.evaluation.plots import PLOTS, SIDES_PLOT, save_plots
from framelens.training.evaluation.report import (
    CHOSEN_HERE,
    FEW_FLIPS,
    SIDES_METHOD,
    describe_deletion,
    markdown_table,
)
from framelens.training.evaluation.sides import NamedFirst, Sides
from framelens.training.evaluation.tables import (
    Table,
    calibration_error_table,
    class_table,
    coverage_table,
    deletion_table,
    flip_table,
    kind_table,
    review_table,
    system_table,
)

__all__ = ["CARD", "WRITTEN", "check_provenance", "write_card"]

CARD = "README.md"
WRITTEN = (CARD, *PLOTS, SIDES_PLOT)
"""The names of all files that a card may consist of."""

TEMPLATE = Path(__file__).parent / "card.md"
_NEEDED = {"settings", "train", "held_out", "versions", "git_revision"}


def write_card(
    folder: Path, artefact: Artefact, evaluations: Mapping[str, Evaluation], errors: str = ""
) -> None:
    """Write the card and its plots into an artefact's folder.

    Call :func:`check_provenance` before a long evaluation.

    Args:
        folder: where they go; of :data:`WRITTEN`, what this card is without should not be there.
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
        **meaning(scheme),
        labels="\n".join(_labels(scheme)),
        figures=_blocks(_figures(evaluations)),
        first=name,
        kinds=_blocks(_kinds(name, first)),
        calibration=markdown_table(calibration_error_table(evaluations)),
        chosen_here=CHOSEN_HERE,
        coverage=markdown_table(coverage_table(first)),
        review=_review(evaluations, facts["settings"].get("review_accuracy")),
        sides=_blocks(_sides(evaluations)),
        evidence=_blocks(_evidence(name, first)),
        errors=_blocks(_errors(errors)),
        made_from=_made_from(facts),
        tasks=_tasks(facts["settings"]) + _distillation(facts),
        profile=_blocks(_profile(manifest.profile)),
        windows=_windows(manifest),
        base=facts["settings"]["base"],
        scheme=f"{scheme.name} {scheme.version}",
        weights=manifest.files["model.safetensors"],
        revision=facts["git_revision"] or "not in a repository",
        versions=", ".join(f"{name} {version}" for name, version in facts["versions"].items()),
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


def _labels(scheme: Scheme) -> Iterable[str]:
    """Every label with its definition and the first example of its leaves."""
    for label in scheme.labels:
        leaves = [leaf for leaf in scheme.leaves if leaf.label == label.name]
        examples = [f" *{example}*" for leaf in leaves for example in leaf.examples]
        yield f"- **{label.name}**: {label.definition}{''.join(examples[:1])}"


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
    yield "How often each label was annotated, and how often the model answers it on held-out text:"
    yield markdown_table(labels)
    deciles = Table(
        ("Decile of held-out sentences", *(f"{tenth}0%" for tenth in range(1, 10))),
        [
            ("confidence", *(f"{each:.2f}" for each in profile.confidence)),
            ("tokens in a sentence", *(f"{each:.0f}" for each in profile.tokens)),
        ],
    )
    yield "How sure it is there, and how long the sentences are, to compare other text with:"
    yield markdown_table(deciles)


def _made_from(provenance: Mapping[str, Any]) -> str:
    """How it was fitted and calibrated, and on what, as sentences."""
    train = _counts(provenance["train"]) + votes_clause(provenance)
    training = provenance.get("training", {})
    encoder = {
        "contrastive": "learnt to tell the labels apart (contrastive fine-tuning)",
        "frozen": "is that of the base, as it was",
    }.get(training.get("method"))
    head = f"The encoder {encoder}; the head is a logistic regression. Fitted to" if encoder else ""
    fitted = f"{head or 'Fine-tuned on'} {train}"
    if folds := training.get("folds"):
        return (
            f"{fitted}, and calibrated by cross-validation in {folds} parts: each sentence was "
            "answered by a model that was made in the same way without its document."
        )
    held_out = _counts(provenance["held_out"])
    return f"{fitted} and calibrated on {held_out} that it was not trained on."


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
        text += f" In {share:.0%} of the documents that name sides of `{path}`, two were swapped"
        if "consistency" in settings:
            text += (
                "; these were learnt twice, as they are and swapped, and the two answers to a "
                f"sentence kept alike with a weight of {settings['consistency']:g}"
            )
        text += "."
    return text


def _distillation(provenance: Mapping[str, Any]) -> str:
    """What a student has of its base and its teacher, as sentences."""
    settings = provenance["settings"]
    text = ""
    if layers := settings.get("layers"):
        text += f" It keeps {layers} of its base's layers."
    if teacher := provenance.get("teacher"):
        text += (
            f" Beside the labels it learnt the answers of `{teacher['name']}` "
            f"{teacher['version']} to every sentence"
        )
        if path := settings.get("unlabelled"):
            text += f", also to those of `{path}`"
        text += "."
    return text


def _windows(manifest: Manifest) -> str:
    """How documents go through the encoder."""
    if manifest.alone:
        return (
            "every sentence goes through the encoder alone,\n"
            f"in pieces where it has more than {manifest.window} tokens"
        )
    plural = "" if manifest.overlap == 1 else "s"
    separators = " and have a separator between sentences" if manifest.separators else ""
    return (
        f"documents go through the encoder in windows of {manifest.window} tokens\n"
        f"that share {manifest.overlap} sentence{plural}{separators}"
    )


def _sides(evaluations: Mapping[str, Evaluation]) -> Iterable[str]:
    sides = {name: each.sides for name, each in evaluations.items() if each.sides}
    if not sides:
        return
    yield "## Sides"
    yield SIDES_METHOD
    yield markdown_table(flip_table(sides))
    name, first = next(iter(sides.items()))
    if first.pairs:
        yield f"![Labels that flip, by pair of sides, on {name}]({SIDES_PLOT})"
    yield from _differences(sides)


def _differences(sides: Mapping[str, Sides]) -> Iterable[str]:
    """How many differences by the side named first exclude zero, and each of them."""
    measured = [
        (name, pair.sides, each) for name, some in sides.items() for pair, each in some.differences
    ]
    found = [difference for difference in measured if difference[2].excludes_zero]
    yield (
        "Is a label more frequent when one side is named before the other than the other way "
        f"round? Of {len(measured)} such differences, {len(found)} have an interval that excludes "
        f"zero. {FEW_FLIPS}"
    )
    if found:
        labels = list(next(iter(sides.values())).labels)
        found.sort(key=lambda difference: labels.index(difference[2].label))
        yield "\n".join(f"- {_difference(pair, each)}, on {name}" for name, pair, each in found)


def _difference(sides: tuple[str, str], named_first: NamedFirst) -> str:
    """A difference in words, told of the side with which the label is more frequent."""
    estimate = named_first.difference
    more, less = sides if estimate.value > 0 else sides[::-1]
    value, low, high = (
        f"{100 * figure:.1f}"
        for figure in (abs(estimate.value), *sorted(map(abs, (estimate.low, estimate.high))))
    )
    return (
        f"**{named_first.label}**: {value} points ({low} to {high}) more frequent with {more} "
        f"before {less} than with {less} before {more}"
    )


def _evidence(name: str, evaluation: Evaluation) -> Iterable[str]:
    if evaluation.deletion:
        table = deletion_table(evaluation.deletion)
        yield "## Evidence"
        yield f"On {name}: {describe_deletion(evaluation.deletion)}"
        yield markdown_table(Table(table.header, table.rows[:1]))


def _errors(errors: str) -> Iterable[str]:
    if errors:
        yield "## Known kinds of error"
        yield errors.strip()


def _blocks(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks)


def _counts(summary: Mapping[str, Any]) -> str:
    return f"{summary['sentences']:,} sentences of {summary['documents']:,} documents"
