"""Fine-tuning: labelled documents in, an artefact out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from framelens.model import Artefact, FramingClassifier
from framelens.model.artefact import Canary, Manifest
from framelens.training.base import load_base
from framelens.training.calibration import fit_temperature, review_threshold
from framelens.training.card import write_card
from framelens.training.evaluation import evaluate, predict, print_summary
from framelens.training.export import export_model
from framelens.training.run import Run, read_run
from framelens.training.settings import TrainSettings
from framelens.training.tasks import learn
from framelens.training.text_profile import profile_text

__all__ = ["train"]

CANARY = "On Tuesday the council said that it had won."


def train(settings: TrainSettings, console: Console) -> Path:
    """Fine-tune a model and write it as an artefact; returns its folder.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong, or another run has the
            same output; nothing is written.
    """
    run = read_run(settings, console)
    # Read again when the seed is set; here, so that a wrong one is found before all else.
    load_base(settings.base, run.scheme, settings.window, settings.layers)
    with run.folders():
        _write_artefact(run)
        run.draft.rename(settings.output)
    return settings.output


def _write_artefact(run: Run) -> None:
    """Train, calibrate and evaluate, and leave a sealed artefact in the draft's folder."""
    run.scheme.save(run.draft / "scheme.yaml")
    model, outcome = learn(run, run.draft)
    export_model(model, run.draft)
    manifest = _calibrate(run, _manifest(run, outcome))
    run.console.print(f"temperature {manifest.temperature:.2f}, {_review(run, manifest)}")
    run.console.print("evaluating …")
    classifier = FramingClassifier.load(run.draft)
    tests = run.tests or {"held out": run.held_out}
    learnt = [*run.fitting, *run.held_out] if run.tests else run.fitting
    evaluations = {
        name: evaluate(classifier, corpus, learnt, run.swaps.tested)
        for name, corpus in tests.items()
    }
    for evaluation in evaluations.values():
        print_summary(evaluation, run.console)
    write_card(run.draft, classifier.artefact, evaluations)
    Artefact.seal(run.draft, manifest)


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
        temperature=1.0,
        canary=Canary(CANARY, {}),
        provenance=run.facts | {"training": outcome},
    )


def _calibrate(run: Run, manifest: Manifest) -> Manifest:
    """Fit temperature and review threshold to what the sealed artefact itself says.

    What it says of the canary then, and what the text was like, is recorded.
    """
    Artefact.seal(run.draft, manifest)
    classifier = FramingClassifier.load(run.draft)
    predictions = predict(classifier, run.held_out)
    folding = predictions.scheme.folding
    temperature = fit_temperature(predictions.leaf_logits, predictions.labels, folding)
    calibrated = replace(predictions, temperature=temperature)
    engine = {"engine": classifier.engine.name, "precision": classifier.engine.precision}
    manifest = replace(
        manifest,
        temperature=temperature,
        review_below=review_threshold(
            calibrated.label_probabilities, calibrated.labels, run.settings.review_accuracy
        ),
        profile=profile_text(run.fitting, calibrated, classifier.tokenizer),
        provenance={**manifest.provenance, "calibrated_with": engine},
    )
    Artefact.seal(run.draft, manifest)
    scores = FramingClassifier.load(run.draft).classify(CANARY).sentences[0].scores
    return Artefact.seal(run.draft, replace(manifest, canary=Canary(CANARY, dict(scores))))
