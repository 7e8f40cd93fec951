"""How the Trainer of transformers is set for the tasks of a run."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import TrainingArguments

from framelens.training.settings import TrainSettings

__all__ = ["training_arguments"]


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
    """
    steps = -(-windows // settings.batch_size) * epochs
    cpu = settings.device == "cpu" or not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
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
        train_sampling_strategy="group_by_length",
        disable_tqdm=True,
        report_to="none",
    )
