"""Training: labelled documents in, an artefact out."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from framelens.model import Artefact, FramingClassifier
from framelens.model.artefact import Canary, Manifest
from framelens.training.base import load_base
from framelens.training.calibration import fit_temperature, review_threshold
from framelens.training.card import write_card
from framelens.training.evaluation import Evaluation, Predictions, evaluate, predict, print_summary
from framelens.training.evaluation.evaluation import evaluate_predictions, name_model
from framelens.training.export import export_model
from framelens.training.processes import is_first_process
from framelens.training.run import Run, read_run
from framelens.training.settings import TrainSettings
from framelens.training.small_data import learn_from_few
from framelens.training.tasks import learn
from framelens.training.text_profile import profile_text

__all__ = ["train"]

CANARY = "On Tuesday the council said that it had won."


def train(settings: TrainSettings, console: Console) -> Path:
    """Fit a model and write it as an artefact; returns its folder.

    Of several processes that train together, the first one writes it; the others return when the
    training is over.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong, or another run has the
            same output; nothing is written.
    """
    run = read_run(settings, console)
    # Read again when the seed is set; here, so that a wrong one is found before all else.
    load_base(settings.base, run.scheme, settings.window, settings.layers)
    if not is_first_process():
        with tempfile.TemporaryDirectory() as folder:
            learn(run, Path(folder))
        return settings.output
    with run.folders():
        _write_artefact(run)
        run.draft.rename(settings.output)
    return settings.output


def _write_artefact(run: Run) -> None:
    """Train, calibrate and evaluate, and leave a sealed artefact in the draft's folder."""
    run.scheme.save(run.draft / "scheme.yaml")
    answers = None
    if run.method == "fine-tune":
        model, outcome = learn(run, run.draft)
    else:
        model, outcome, answers = learn_from_few(run, run.draft, _manifest(run, {}))
    export_model(model, run.draft)
    manifest, held_out = _calibrate(run, _manifest(run, outcome), answers)
    run.console.print(f"temperature {manifest.temperature:.2f}, {_review(run, manifest)}")
    run.console.print("evaluating …")
    classifier = FramingClassifier.load(run.draft)
    evaluations = _evaluate(run, classifier, held_out)
    for evaluation in evaluations.values():
        print_summary(evaluation, run.console)
    write_card(run.draft, classifier.artefact, evaluations)
    Artefact.seal(run.draft, manifest)


def _calibrator(classifier: FramingClassifier, answers: Predictions | None) -> dict[str, str]:
    """What gave the answers that the temperature is fitted to."""
    if answers:
        return {"engine": "torch", "precision": "f32"}
    return {"engine": classifier.engine.name, "precision": classifier.engine.precision}


def _evaluate(
    run: Run, classifier: FramingClassifier, held_out: Predictions
) -> dict[str, Evaluation]:
    """How good the model is on the test files, or where there are none, on what was held out."""
    if not run.tests and not run.held_out:
        return {"cross-validation": evaluate_predictions(held_out, name_model(classifier))}
    tests = run.tests or {"held out": run.held_out}
    learnt = [*run.fitting, *run.held_out] if run.tests else run.fitting
    return {
        name: evaluate(classifier, corpus, learnt, run.swaps.tested)
        for name, corpus in tests.items()
    }


def _review(run: Run, manifest: Manifest) -> str:
    if manifest.review_below is None:
        accuracy = run.settings.review_accuracy
        return f"no review mark: no threshold makes {accuracy:.1%} of unmarked answers right"
    return f"review mark below a confidence of {manifest.review_below:.3f}"


def _manifest(run: Run, outcome: dict[str, Any]) -> Manifest:
    settings = run.settings
    return Manifest(
        name=settings.name,
        version=settings.version,
        window=settings.window,
        overlap=settings.overlap,
        separators=settings.separators,
        alone=True if settings.context == "sentence" else None,
        temperature=1.0,
        canary=Canary(CANARY, {}),
        provenance=run.facts | {"training": outcome},
    )


def _calibrate(
    run: Run, manifest: Manifest, answers: Predictions | None
) -> tuple[Manifest, Predictions]:
    """Fit temperature and review threshold to held-out sentences, and seal the artefact.

    What it says of the canary then, and what the text was like, is recorded.

    Args:
        run: the run.
        manifest: of the artefact, still without these.
        answers: cross-validated ones; without them, what the sealed artefact itself says.

    Returns:
        The manifest, and the calibrated answers.
    """
    Artefact.seal(run.draft, manifest)
    classifier = FramingClassifier.load(run.draft)
    predictions = answers or predict(classifier, run.held_out)
    folding = predictions.scheme.folding
    temperature = fit_temperature(
        predictions.leaf_logits, predictions.labels, folding, prior=1.0 if answers else 0.0
    )
    calibrated = replace(predictions, temperature=temperature)
    below = review_threshold(
        calibrated.label_probabilities, calibrated.labels, run.settings.review_accuracy
    )
    manifest = replace(
        manifest,
        temperature=temperature,
        review_below=below,
        profile=profile_text(run.fitting, calibrated, classifier.tokenizer),
        provenance={**manifest.provenance, "calibrated_with": _calibrator(classifier, answers)},
    )
    Artefact.seal(run.draft, manifest)
    scores = FramingClassifier.load(run.draft).classify(CANARY).sentences[0].scores
    sealed = Artefact.seal(run.draft, replace(manifest, canary=Canary(CANARY, dict(scores))))
    return sealed, replace(calibrated, review_below=below)
