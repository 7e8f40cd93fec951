"""The allocator's behaviour while training."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["keep_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# glibc takes no higher threshold for blocks of their own than 32 MiB.
_KEEP, _OWN_BLOCK = 1 << 30, 1 << 25


def keep_memory() -> None:
    """Let glibc keep freed blocks instead of giving them back at every training step.

    A step frees and asks again for the same large tensors; getting their pages from the
    kernel anew costs a third of its time. Does nothing where the C library is another.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEEP)
        mallopt(_MMAP_THRESHOLD, _OWN_BLOCK)
