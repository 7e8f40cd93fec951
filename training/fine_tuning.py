"""Fine-tuning: labelled documents in, an artefact out."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import datasets
import torch
from rich.console import Console
from transformers import (
    EarlyStoppingCallback,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint
from transformers.utils import logging as transformers_logging

from framelens.data import (
    Corpus,
    LabelledDocument,
    read_corpus,
    split_by_document,
    summarise,
    without_leaks,
)
from framelens.data.leaks import leak_keys
from framelens.data.utf8 import read_utf8
from framelens.model import DEFAULT, Artefact, FramingClassifier, Scheme, find_artefact
from framelens.model.artefact import Canary, Manifest
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.attribution import (
    AttributionModel,
    collate_attributions,
    read_attributions,
)
from framelens.training.base import load_base
from framelens.training.calibration import fit_temperature, review_threshold
from framelens.training.card import write_card
from framelens.training.evaluation import evaluate, predict, print_summary
from framelens.training.examples import collate, make_examples
from framelens.training.export import export_model
from framelens.training.memory import keep_memory
from framelens.training.progress import ProgressBar
from framelens.training.provenance import corpus_facts, provenance
from framelens.training.settings import SettingsError, TrainSettings
from framelens.training.text_profile import profile_text
from framelens.training.trainer import SentenceTrainer, class_weights, held_out_score

__all__ = ["train"]

CANARY = "On Tuesday the council said that it had won."
RUN = "run.json"


@dataclass(frozen=True)
class _Run:
    """A training run: its settings, its data, and the folders it works in."""

    settings: TrainSettings
    scheme: Scheme
    fitting: Corpus
    held_out: Corpus
    tests: Mapping[str, Corpus]
    known_errors: str
    console: Console

    @property
    def draft(self) -> Path:
        """Where the artefact comes to be; renamed to the output when it is complete."""
        return _beside(self.settings.output, ".draft")

    @property
    def checkpoints(self) -> Path:
        """Where the state after each epoch is kept until the run ends."""
        return _beside(self.settings.output, ".checkpoints")

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """Provenance of the model."""
        return provenance(self.settings, self.scheme) | {
            "train": corpus_facts(self.fitting, self.scheme),
            "held_out": corpus_facts(self.held_out, self.scheme),
        }


def train(settings: TrainSettings, console: Console) -> Path:
    """Fine-tune a model and write it as an artefact; returns its folder.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong; nothing is written.
    """
    _check(settings)
    run = _read(settings, console)
    _remember(run)
    shutil.rmtree(run.draft, ignore_errors=True)
    run.draft.mkdir(parents=True)
    try:
        _write_artefact(run)
        run.draft.rename(settings.output)
    finally:
        shutil.rmtree(run.draft, ignore_errors=True)
    shutil.rmtree(run.checkpoints)
    return settings.output


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)


def _check(settings: TrainSettings) -> None:
    if not settings.output.name:
        raise SettingsError(f"output: {str(settings.output)!r} is no name for a new folder")
    if settings.output.exists():
        raise SettingsError(f"output: {settings.output} exists; name a new folder or remove it")
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device: torch sees no GPU; use 'cpu' or 'auto'")
    checkpoints = _beside(settings.output, ".checkpoints")
    has_checkpoint = checkpoints.exists() and get_last_checkpoint(str(checkpoints)) is not None
    if settings.resume and not has_checkpoint:
        raise SettingsError(f"resume: there is no finished epoch in {checkpoints}")
    if has_checkpoint and not settings.resume:
        raise SettingsError(
            f"output: an interrupted run left {checkpoints}; go on with --resume, or remove it"
        )


def _read(settings: TrainSettings, console: Console) -> _Run:
    """The documents to fit, those held out, and those of the test files."""
    scheme = Scheme.from_file(settings.scheme or find_artefact(DEFAULT) / "scheme.yaml")
    corpus = read_corpus(settings.data, scheme, settings.texts)
    tests = {path.stem: read_corpus([path], scheme, settings.texts) for path in settings.test}
    corpus, leaks = without_leaks(corpus, list(chain.from_iterable(tests.values())))
    fitting, held_out = split_by_document(
        corpus, settings.held_out, settings.seed, _drawn_from(settings.held_out_from)
    )
    for name, part in {"train": fitting, "held out": held_out, **tests}.items():
        counts = summarise(part, scheme)
        console.print(f"{name}: {counts.documents} documents, {counts.sentences} sentences")
    if leaks:
        console.print(f"{leaks} sentences dropped that also stand in the test files")
    known_errors = read_utf8(settings.known_errors) if settings.known_errors else ""
    return _Run(settings, scheme, fitting, held_out, tests, known_errors, console)


def _drawn_from(condition: str) -> Callable[[LabelledDocument], bool]:
    key, _, value = condition.partition("=")
    return lambda document: not condition or document.metadata.get(key) == value


def _remember(run: _Run) -> None:
    """Note what the run is made of, or find that an interrupted run was made of other things."""
    path = run.checkpoints / RUN
    made_of = {name: run.facts[name] for name in ("settings", "train", "held_out")}
    if run.settings.resume and json.loads(path.read_text(encoding="utf-8")) != made_of:
        raise SettingsError(
            f"resume: the interrupted run had other settings or data; {path} holds them"
        )
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made_of, indent=2), encoding="utf-8")


def _write_artefact(run: _Run) -> None:
    """Train, calibrate and evaluate, and leave a sealed artefact in the draft's folder."""
    run.scheme.save(run.draft / "scheme.yaml")
    outcome = _fine_tune(run)
    manifest = _calibrate(run, _manifest(run, outcome))
    run.console.print(f"temperature {manifest.temperature:.2f}, {_review(run, manifest)}")
    run.console.print("evaluating …")
    classifier = FramingClassifier.load(run.draft)
    evaluations = {
        name: evaluate(classifier, corpus, run.fitting)
        for name, corpus in (run.tests or {"held out": run.held_out}).items()
    }
    for evaluation in evaluations.values():
        print_summary(evaluation, run.console)
    write_card(run.draft, classifier.artefact, evaluations, run.known_errors)
    Artefact.seal(run.draft, manifest)


def _review(run: _Run, manifest: Manifest) -> str:
    if manifest.review_below is None:
        accuracy = run.settings.review_accuracy
        return f"no review mark: no threshold makes {accuracy:.1%} of unmarked answers right"
    return f"review mark below a confidence of {manifest.review_below:.3f}"


def _fine_tune(run: _Run) -> dict[str, Any]:
    """Train, and export the best epoch's network and the tokenizer into the draft."""
    settings, scheme = run.settings, run.scheme
    keep_memory()
    transformers_logging.disable_progress_bar()
    set_seed(settings.seed)
    model, tokenizer = load_base(settings.base, scheme, settings.window)
    tokenizer.save_pretrained(run.draft)
    sentence_tokenizer = SentenceTokenizer(run.draft / "tokenizer.json")
    if settings.attribution and not settings.resume:
        _learn_attribution(run, settings.attribution, model, sentence_tokenizer)
    examples, held_out_examples = (
        make_examples(part, scheme, sentence_tokenizer, settings.window)
        for part in (run.fitting, run.held_out)
    )
    labels = [label for example in examples["labels"] for label in example]
    trainer = SentenceTrainer(
        model=model,
        args=_arguments(run, len(examples), settings.epochs, held_out=True),
        train_dataset=examples,
        eval_dataset=held_out_examples,
        data_collator=collate,
        compute_metrics=functools.partial(held_out_score, scheme=scheme),
        callbacks=[EarlyStoppingCallback(settings.patience)],
        leaf_weights=class_weights(labels, len(scheme.leaves), settings.class_weighting),
    )
    result = _with_progress(trainer, examples, run.console, resume=settings.resume)
    export_model(model, run.draft)
    return {
        "steps": result.global_step,
        "tokens_per_epoch": sum(examples["length"]),
        "best_held_out_macro_f1": trainer.state.best_metric,
    }


def _learn_attribution(
    run: _Run, path: Path, model: PreTrainedModel, tokenizer: SentenceTokenizer
) -> None:
    """Teach the classifier's encoder who says what, before it learns any framing."""
    kept_out = leak_keys([*run.held_out, *chain.from_iterable(run.tests.values())])
    examples = read_attributions(path, tokenizer, run.settings.window, kept_out)
    run.console.print(f"first task: attribution, {len(examples)} windows")
    trainer = Trainer(
        model=AttributionModel(model),
        args=_arguments(run, len(examples), run.settings.attribution_epochs),
        train_dataset=examples,
        data_collator=collate_attributions,
    )
    _with_progress(trainer, examples, run.console)


def _with_progress(
    trainer: Trainer, examples: datasets.Dataset, console: Console, resume: bool = False
) -> Any:
    trainer.remove_callback(PrinterCallback)
    with ProgressBar(console, sum(examples["length"])) as bar:
        trainer.add_callback(bar)
        return trainer.train(resume_from_checkpoint=resume)


def _arguments(run: _Run, windows: int, epochs: int, held_out: bool = False) -> TrainingArguments:
    """The Trainer's arguments; with ``held_out``, each epoch is scored and kept."""
    settings = run.settings
    steps = -(-windows // settings.batch_size) * epochs
    cpu = settings.device == "cpu" or not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(run.checkpoints),
        seed=settings.seed,
        num_train_epochs=epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=4 * settings.batch_size,
        learning_rate=settings.learning_rate,
        warmup_steps=steps // 10,
        weight_decay=settings.weight_decay,
        optim="adamw_torch_fused",
        bf16=cpu or torch.cuda.is_bf16_supported(),
        use_cpu=cpu,
        dataloader_pin_memory=not cpu,
        remove_unused_columns=False,
        label_names=["labels"],
        eval_strategy="epoch" if held_out else "no",
        save_strategy="epoch" if held_out else "no",
        save_total_limit=1,
        restore_callback_states_from_checkpoint=held_out,
        load_best_model_at_end=held_out,
        metric_for_best_model="macro_f1",
        logging_steps=10,
        disable_tqdm=True,
        report_to="none",
    )


def _manifest(run: _Run, outcome: dict[str, Any]) -> Manifest:
    settings = run.settings
    return Manifest(
        name=settings.name,
        version=settings.version,
        window=settings.window,
        overlap=settings.overlap,
        temperature=1.0,
        canary=Canary(CANARY, {}),
        provenance=run.facts | {"training": outcome},
    )


def _calibrate(run: _Run, manifest: Manifest) -> Manifest:
    """Fit temperature and review threshold to what the sealed artefact itself says.

    What it says of the canary then, and what the text was like, is recorded.
    """
    Artefact.seal(run.draft, manifest)
    classifier = FramingClassifier.load(run.draft)
    predictions = predict(classifier, run.held_out)
    folding = predictions.scheme.folding
    temperature = fit_temperature(predictions.leaf_logits, predictions.labels, folding)
    calibrated = replace(predictions, temperature=temperature)
    tokenizer = SentenceTokenizer(run.draft / "tokenizer.json")
    engine = {"engine": classifier.engine.name, "precision": classifier.engine.precision}
    manifest = replace(
        manifest,
        temperature=temperature,
        review_below=review_threshold(
            calibrated.label_probabilities, calibrated.labels, run.settings.review_accuracy
        ),
        profile=profile_text(run.fitting, calibrated, tokenizer),
        provenance={**manifest.provenance, "calibrated_with": engine},
    )
    Artefact.seal(run.draft, manifest)
    scores = FramingClassifier.load(run.draft).classify(CANARY).sentences[0].scores
    return Artefact.seal(run.draft, replace(manifest, canary=Canary(CANARY, dict(scores))))
