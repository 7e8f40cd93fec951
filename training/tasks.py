"""The tasks that an encoder learns, one after the other, over the Trainer of transformers."""

from __future__ import annotations

import functools
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
    set_seed,
)
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from framelens.data import random_swaps
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.adaptation import (
    FEWEST_TOKENS,
    AdaptationModel,
    MaskingCollator,
    read_unlabelled,
    windows_of_texts,
)
from framelens.training.arguments import training_arguments
from framelens.training.attribution import (
    AttributionModel,
    collate_attributions,
    read_attributions,
)
from framelens.training.base import load_base
from framelens.training.distillation import load_teacher, unlabelled_corpus
from framelens.training.examples import collate, make_examples
from framelens.training.memory import keep_memory
from framelens.training.overview import context_in_words, weights_in_words
from framelens.training.progress import ProgressBar
from framelens.training.run import Run
from framelens.training.settings import SettingsError
from framelens.training.tracking import tracking_callbacks
from framelens.training.trainer import SentenceTrainer, held_out_score, label_weights

__all__ = ["begin", "device_name", "learn", "learn_first_tasks", "with_progress"]


def learn(run: Run, folder: Path) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Take the base encoder through all tasks of a run.

    Args:
        run: the run; one that is resumed goes on in the last task.
        folder: where the tokenizer goes.

    Returns:
        The classifier of the best epoch, and how training went.
    """
    model, tokenizer = begin(run, folder)
    return model, _learn_framing(run, model, tokenizer)


def begin(run: Run, folder: Path) -> tuple[PreTrainedModel, SentenceTokenizer]:
    """The base encoder after the first tasks of a run, with a new head, and its tokenizer.

    Args:
        run: the run; one that is resumed is past its first tasks.
        folder: where the tokenizer goes.
    """
    settings = run.settings
    keep_memory()
    set_seed(settings.seed)
    model, tokenizer = load_base(settings.base, run.scheme, settings.window, settings.layers)
    tokenizer.save_pretrained(folder)
    sentence_tokenizer = SentenceTokenizer(
        folder / "tokenizer.json", settings.separators, alone=settings.context == "sentence"
    )
    if not settings.resume:
        learn_first_tasks(run, model, tokenizer, sentence_tokenizer)
    return model, sentence_tokenizer


def learn_first_tasks(
    run: Run,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sentence_tokenizer: SentenceTokenizer,
) -> None:
    """Take the encoder through what comes before framing: masked words, then attribution.

    Args:
        run: the run; its settings name the files of these tasks.
        model: the classifier, whose encoder learns.
        tokenizer: the encoder's.
        sentence_tokenizer: the same one, for sentences of a document.
    """
    if run.settings.adaptation:
        _adapt(run, run.settings.adaptation, model, tokenizer, sentence_tokenizer)
    if run.settings.attribution:
        _learn_attribution(run, run.settings.attribution, model, sentence_tokenizer)


def _adapt(
    run: Run,
    path: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sentence_tokenizer: SentenceTokenizer,
) -> None:
    """Let the encoder guess masked words of texts like those that it will read."""
    texts = read_unlabelled(path)
    examples = windows_of_texts(texts, sentence_tokenizer, run.settings.window, run.kept_out)
    if not len(examples):
        raise SettingsError(f"adaptation: {path} has no text of {FEWEST_TOKENS} tokens or more")
    run.console.print(f"first task: masked words, {len(examples)} windows")
    trainer = Trainer(
        model=AdaptationModel(model),
        args=training_arguments(
            run.settings, run.checkpoints, len(examples), run.settings.adaptation_epochs
        ),
        train_dataset=examples,
        data_collator=MaskingCollator(tokenizer, run.settings.seed),
    )
    with_progress(trainer, examples, run.console)


def _learn_attribution(
    run: Run, path: Path, model: PreTrainedModel, tokenizer: SentenceTokenizer
) -> None:
    """Teach the classifier's encoder who says what, before it learns any framing."""
    examples = read_attributions(path, tokenizer, run.settings.window, run.kept_out)
    run.console.print(f"first task: attribution, {len(examples)} windows")
    trainer = Trainer(
        model=AttributionModel(model),
        args=training_arguments(
            run.settings, run.checkpoints, len(examples), run.settings.attribution_epochs
        ),
        train_dataset=examples,
        data_collator=collate_attributions,
    )
    with_progress(trainer, examples, run.console)


def _learn_framing(
    run: Run, model: PreTrainedModel, tokenizer: SentenceTokenizer
) -> dict[str, Any]:
    """Fine-tune on the labelled sentences; the model ends as it was after its best epoch."""
    settings, scheme = run.settings, run.scheme
    make = functools.partial(
        make_examples,
        scheme=scheme,
        tokenizer=tokenizer,
        window=settings.window,
        overlap=settings.overlap,
    )
    swaps = random_swaps(run.fitting, run.swaps.trained, settings.swap_share, settings.seed)
    teacher = load_teacher(settings.teacher, run) if settings.teacher else None
    corpus = run.fitting
    if settings.unlabelled:
        corpus = corpus + unlabelled_corpus(settings.unlabelled, run.kept_out)
    examples = make(
        corpus, context=settings.context, swaps=swaps, teacher=teacher, soft=settings.soft_labels
    )
    run.console.print(f"{context_in_words(settings)}; {len(examples)} windows")
    # In their whole documents, as sentences are scored later.
    held_out_examples = make(run.held_out)
    weights = label_weights(examples["labels"], scheme, settings.class_weighting)
    run.console.print(weights_in_words(settings, scheme, weights.tolist()), markup=False)
    trainer = SentenceTrainer(
        model=model,
        args=training_arguments(
            settings, run.checkpoints, len(examples), settings.epochs, held_out=True
        ),
        train_dataset=examples,
        eval_dataset=held_out_examples,
        data_collator=collate,
        compute_metrics=functools.partial(held_out_score, scheme=scheme),
        callbacks=[EarlyStoppingCallback(settings.patience), *tracking_callbacks(settings)],
        consistency=settings.consistency,
        imitation=settings.imitation,
        multi_label=scheme.multi_label,
        leaf_weights=weights,
    )
    result = with_progress(trainer, examples, run.console, resume=settings.resume)
    # The first process removes the checkpoints, which the others may still read.
    trainer.accelerator.wait_for_everyone()
    return {
        "device": device_name(trainer.args.device),
        "precision": "bf16" if trainer.args.bf16 else "fp32",
        "processes": trainer.args.world_size,
        "steps": result.global_step,
        "tokens_per_epoch": sum(examples["length"]),
        "held_out": _best_epoch(trainer),
    }


def device_name(device: torch.device) -> str:
    """The name of the GPU, or the processor's kind."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _best_epoch(trainer: Trainer) -> dict[str, float]:
    """The held-out scores of the epoch that was kept."""
    epochs = [each for each in trainer.state.log_history if "eval_macro_f1" in each]
    best = max(epochs, key=lambda each: each["eval_macro_f1"])
    names = ("macro_f1", "micro_f1", "leaf_macro_f1")
    return {name: best[f"eval_{name}"] for name in names if f"eval_{name}" in best}


def with_progress(
    trainer: Trainer, examples: datasets.Dataset, console: Console, resume: bool = False
) -> Any:
    """Train, with a bar on the console; returns what the Trainer says of it."""
    trainer.remove_callback(PrinterCallback)
    with ProgressBar(console, sum(examples["length"])) as bar:
        trainer.add_callback(bar)
        return trainer.train(resume_from_checkpoint=resume)
