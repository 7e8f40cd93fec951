"""Fine-tuning: labelled documents in, an artefact out."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

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
from framelens.model import Artefact, FramingClassifier, Scheme
from framelens.model.artefact import Canary, Manifest
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.attribution import (
    AttributionModel,
    collate_attributions,
    read_attributions,
)
from framelens.training.base import load_base
from framelens.training.calibration import fit_temperature
from framelens.training.card import write_card
from framelens.training.evaluation import evaluate, predict, print_summary
from framelens.training.examples import collate, make_examples
from framelens.training.export import export_model
from framelens.training.memory import keep_memory
from framelens.training.progress import ProgressBar
from framelens.training.provenance import corpus_facts, provenance
from framelens.training.settings import SettingsError, TrainSettings
from framelens.training.trainer import SentenceTrainer, class_weights, held_out_score

__all__ = ["train"]


CANARY = "On Tuesday the council said that it had won."


def train(settings: TrainSettings, console: Console) -> Path:
    """Fine-tune a model and write it as an artefact; returns its folder.

    Raises:
        FramelensError: the settings, the scheme or the data are wrong; nothing is written.
    """
    checkpoints = settings.output.with_name(settings.output.name + ".checkpoints")
    draft = settings.output.with_name(settings.output.name + ".draft")
    _check_output(settings, checkpoints)
    scheme = Scheme.from_file(settings.scheme)
    fitting, held_out, test = _read_data(settings, scheme, console)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    scheme.save(draft / "scheme.yaml")
    outcome = _fine_tune(settings, scheme, fitting, held_out, draft, checkpoints, console)
    facts = provenance(settings) | {
        "train": corpus_facts(fitting, scheme),
        "held_out": corpus_facts(held_out, scheme),
        "training": outcome,
    }
    manifest = _calibrate(draft, _manifest(settings, facts), held_out)
    console.print(f"temperature {manifest.temperature:.2f}, evaluating …")
    classifier = FramingClassifier.load(draft)
    evaluation = evaluate(classifier, test or held_out, fitting)
    print_summary(evaluation, console)
    write_card(draft, classifier.artefact, evaluation, "test" if test else "held-out")
    Artefact.seal(draft, manifest)
    draft.rename(settings.output)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return settings.output


def _check_output(settings: TrainSettings, checkpoints: Path) -> None:
    if settings.output.exists():
        raise SettingsError(f"output: {settings.output} exists; name a new folder or remove it")
    has_checkpoint = checkpoints.exists() and get_last_checkpoint(str(checkpoints)) is not None
    if settings.resume and not has_checkpoint:
        raise SettingsError(f"resume: there is no checkpoint in {checkpoints}")
    if has_checkpoint and not settings.resume:
        raise SettingsError(
            f"output: an interrupted run left {checkpoints}; go on with --resume, or remove it"
        )


def _read_data(
    settings: TrainSettings, scheme: Scheme, console: Console
) -> tuple[Corpus, Corpus, Corpus]:
    """The documents to fit, those held out, and those of the test files."""
    corpus = read_corpus(settings.data, scheme, settings.texts)
    test = read_corpus(settings.test, scheme, settings.texts) if settings.test else []
    corpus, leaks = without_leaks(corpus, test)
    fitting, held_out = split_by_document(
        corpus, settings.held_out, settings.seed, _drawn_from(settings.held_out_from)
    )
    for part, name in ((fitting, "train"), (held_out, "held out"), (test, "test")):
        counts = summarise(part, scheme)
        console.print(f"{name}: {counts.documents} documents, {counts.sentences} sentences")
    if leaks:
        console.print(f"{leaks} sentences dropped that also stand in the test files")
    return fitting, held_out, test


def _drawn_from(condition: str) -> Callable[[LabelledDocument], bool]:
    key, _, value = condition.partition("=")
    return lambda document: not condition or document.metadata.get(key) == value


def _fine_tune(
    settings: TrainSettings,
    scheme: Scheme,
    fitting: Corpus,
    held_out: Corpus,
    draft: Path,
    checkpoints: Path,
    console: Console,
) -> dict[str, Any]:
    """Train, and export the best epoch's network and the tokenizer into the draft."""
    keep_memory()
    transformers_logging.disable_progress_bar()
    set_seed(settings.seed)
    model, tokenizer = load_base(settings.base, scheme)
    if settings.window > model.config.max_position_embeddings:
        limit = model.config.max_position_embeddings
        raise SettingsError(f"window: {settings.window} is more than the encoder's {limit}")
    tokenizer.save_pretrained(draft)
    sentence_tokenizer = SentenceTokenizer(draft / "tokenizer.json")
    if settings.attribution and not settings.resume:
        _learn_attribution(settings, model, sentence_tokenizer, checkpoints, console)
    examples, held_out_examples = (
        make_examples(part, scheme, sentence_tokenizer, settings.window)
        for part in (fitting, held_out)
    )
    labels = [label for example in examples["labels"] for label in example]
    trainer = SentenceTrainer(
        model=model,
        args=_arguments(settings, checkpoints, len(examples), settings.epochs, held_out=True),
        train_dataset=examples,
        eval_dataset=held_out_examples,
        data_collator=collate,
        compute_metrics=functools.partial(held_out_score, scheme=scheme),
        callbacks=[
            EarlyStoppingCallback(settings.patience),
            ProgressBar(console, sum(examples["length"])),
        ],
        leaf_weights=class_weights(labels, len(scheme.leaves), settings.class_weighting),
    )
    trainer.remove_callback(PrinterCallback)
    result = trainer.train(resume_from_checkpoint=settings.resume)
    export_model(model, draft)
    return {
        "steps": result.global_step,
        "tokens_per_epoch": sum(examples["length"]),
        "best_held_out_macro_f1": trainer.state.best_metric,
    }


def _learn_attribution(
    settings: TrainSettings,
    model: PreTrainedModel,
    tokenizer: SentenceTokenizer,
    checkpoints: Path,
    console: Console,
) -> None:
    """Teach the classifier's encoder who says what, before it learns any framing."""
    examples = read_attributions(cast(Path, settings.attribution), tokenizer, settings.window)
    console.print(f"first task: attribution, {len(examples)} windows")
    trainer = Trainer(
        model=AttributionModel(model),
        args=_arguments(settings, checkpoints, len(examples), settings.attribution_epochs),
        train_dataset=examples,
        data_collator=collate_attributions,
        callbacks=[ProgressBar(console, sum(examples["length"]))],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()


def _arguments(
    settings: TrainSettings, checkpoints: Path, windows: int, epochs: int, held_out: bool = False
) -> TrainingArguments:
    """The Trainer's arguments; with ``held_out``, each epoch is scored and kept."""
    steps = -(-windows // settings.batch_size) * epochs
    cpu = settings.device == "cpu" or not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(checkpoints),
        seed=settings.seed,
        num_train_epochs=epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=4 * settings.batch_size,
        learning_rate=settings.learning_rate,
        warmup_steps=steps // 10,
        weight_decay=settings.weight_decay,
        optim="adamw_torch_fused",
        bf16=True,
        use_cpu=cpu,
        dataloader_pin_memory=not cpu,
        remove_unused_columns=False,
        label_names=["labels"],
        eval_strategy="epoch" if held_out else "no",
        save_strategy="epoch" if held_out else "no",
        save_total_limit=1,
        load_best_model_at_end=held_out,
        metric_for_best_model="macro_f1",
        logging_steps=10,
        disable_tqdm=True,
        report_to="none",
    )


def _manifest(settings: TrainSettings, facts: dict[str, Any]) -> Manifest:
    return Manifest(
        name=settings.name,
        version=settings.version,
        window=settings.window,
        overlap=settings.overlap,
        temperature=1.0,
        canary=Canary(CANARY, {}),
        provenance=facts,
    )


def _calibrate(draft: Path, manifest: Manifest, held_out: Corpus) -> Manifest:
    """Fit the temperature to what the sealed artefact itself says, and record the canary."""
    Artefact.seal(draft, manifest)
    predictions = predict(FramingClassifier.load(draft), held_out)
    scheme = predictions.scheme
    temperature = fit_temperature(predictions.leaf_logits, predictions.labels, scheme.folding)
    manifest = replace(manifest, temperature=temperature)
    Artefact.seal(draft, manifest)
    scores = FramingClassifier.load(draft).classify(CANARY).sentences[0].scores
    manifest = replace(manifest, canary=Canary(CANARY, dict(scores)))
    return Artefact.seal(draft, manifest)
