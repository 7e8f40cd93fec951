"""How the Trainer of transformers is set for the tasks of a run."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from transformers import TrainingArguments

from framelens.training.precision import has_bf16
from framelens.training.processes import process_count
from framelens.training.settings import SettingsError, TrainSettings

__all__ = ["on_processor", "takes_bf16", "training_arguments"]


def training_arguments(
    settings: TrainSettings, folder: Path, windows: int, epochs: int, held_out: bool = False
) -> TrainingArguments:
    """The arguments of transformers' Trainer for one task of a run.

    Args:
        settings: of the run.
        folder: where checkpoints go.
        windows: how many windows an epoch has.
        epochs: how many epochs the task has.
        held_out: whether each epoch is scored and kept, and the best one loaded in the end.

    Raises:
        SettingsError: the GPU lacks the precision asked for.
    """
    batches = math.ceil(windows / (settings.batch_size * process_count()))
    steps = math.ceil(batches / settings.gradient_accumulation) * epochs
    cpu = on_processor(settings)
    return TrainingArguments(
        output_dir=str(folder),
        seed=settings.seed,
        num_train_epochs=epochs,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=4 * settings.batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        learning_rate=settings.learning_rate,
        warmup_steps=steps // 10,
        weight_decay=settings.weight_decay,
        optim="adamw_torch_fused",
        bf16=takes_bf16(settings),
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
        train_sampling_strategy="group_by_length",
        disable_tqdm=True,
        # What tracks is among the callbacks of the task that it is about.
        report_to="none",
        project=settings.name,
        run_name=settings.output.name,
    )


def on_processor(settings: TrainSettings) -> bool:
    """Whether a run computes on the processor and not on a GPU."""
    return settings.device == "cpu" or not torch.cuda.is_available()


def takes_bf16(settings: TrainSettings) -> bool:
    """Whether matrix products are in bf16: where the settings say so, or leave it to the device.

    Raises:
        SettingsError: it is asked for, and the GPU lacks it.
    """
    on_cpu = on_processor(settings)
    able = has_bf16(torch.device("cpu" if on_cpu else "cuda"))
    if settings.precision == "bf16" and not (able or on_cpu):
        raise SettingsError("precision: this GPU lacks bf16; use 'fp32' or 'auto'")
    return able if settings.precision == "auto" else settings.precision == "bf16"
