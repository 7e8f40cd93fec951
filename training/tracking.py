"""What keeps the curves of a run, through the integrations of transformers."""

from __future__ import annotations

from transformers import TrainerCallback
from transformers.integrations.integration_utils import (
    TensorBoardCallback,
    get_available_reporting_integrations,
    get_reporting_integration_callbacks,
)

from framelens.training.settings import SettingsError, TrainSettings

__all__ = ["choose_tracking", "tracking_callbacks"]


def choose_tracking(settings: TrainSettings) -> str:
    """The name of what tracks a run, ``none`` for nothing.

    Raises:
        SettingsError: what the settings name is not installed.
    """
    installed = get_available_reporting_integrations()
    if settings.tracking == "auto":
        return "trackio" if "trackio" in installed else "none"
    if settings.tracking not in ("none", *installed):
        raise SettingsError(
            f"tracking: {settings.tracking!r} is not installed: pip install {settings.tracking}"
        )
    return settings.tracking


def tracking_callbacks(settings: TrainSettings) -> list[TrainerCallback]:
    """What a Trainer calls to have its losses and held-out scores kept.

    Raises:
        SettingsError: what the settings name is not installed.
    """
    name = choose_tracking(settings)
    if name == "none":
        return []
    callbacks = [kind() for kind in get_reporting_integration_callbacks([name])]
    for callback in callbacks:
        # By itself it writes beside the checkpoints, which are removed in the end.
        if isinstance(callback, TensorBoardCallback) and callback.logging_dir is None:
            callback.logging_dir = f"{settings.output}.logs"
    return callbacks
