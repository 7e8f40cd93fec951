"""Which number formats a device computes in."""

from __future__ import annotations

import torch

__all__ = ["has_bf16"]

PROCESSORS_WITH_BF16 = ("amx_bf16", "avx512_bf16", "bf16")
"""What torch calls bf16 instructions: of Intel, of Intel and AMD, of Arm."""


def has_bf16(device: torch.device) -> bool:
    """Whether a GPU or the processor multiplies matrices of bf16 in hardware.

    A processor that does not can still compute with bf16, but far slower than in single precision.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in PROCESSORS_WITH_BF16)
