"""What a person sees while a model trains."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["ProgressBar"]


class ProgressBar(TrainerCallback):
    """A bar with loss, speed and time left, and a line with each epoch's held-out score."""

    def __init__(self, console: Console, tokens_per_epoch: int) -> None:
        self._tokens = tokens_per_epoch
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]:.1f}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TextColumn("{task.fields[rate]:,.0f} tokens/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._progress.add_task("", total=None, epoch=0.0, loss=float("nan"), rate=0.0)
        self._first_step = 0

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Tell the bar how far there is to go."""
        self._first_step = state.global_step
        self._progress.update(self._task, total=state.max_steps, completed=state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Move the bar."""
        elapsed = self._progress.tasks[self._task].elapsed or 1.0
        done = (state.global_step - self._first_step) / state.max_steps
        rate = done * self._tokens * args.num_train_epochs / elapsed
        self._progress.update(
            self._task, completed=state.global_step, epoch=state.epoch or 0.0, rate=rate
        )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Show the latest loss."""
        if logs and "loss" in logs:
            self._progress.update(self._task, loss=logs["loss"])

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Print the held-out score."""
        if metrics:
            self._progress.console.print(
                f"epoch {state.epoch:.0f}: held-out macro-F1 {metrics['eval_macro_f1']:.3f}, "
                f"loss {metrics['eval_loss']:.3f}"
            )
