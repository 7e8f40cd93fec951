"""Several processes that train one model, as ``torchrun`` starts them."""

from __future__ import annotations

import os

import torch.distributed

__all__ = ["is_first_process", "leave_processes", "process_count"]


def process_count() -> int:
    """How many processes train together; one where nobody started several."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first_process() -> bool:
    """Whether this is the process that prints, writes and measures for all of them."""
    return int(os.environ.get("RANK", "0")) == 0


def leave_processes() -> None:
    """Part from the other processes in order, where there are any."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
