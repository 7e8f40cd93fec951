"""The name of the machine that a benchmark runs on."""

from __future__ import annotations

import platform
from pathlib import Path

__all__ = ["machine"]


def machine() -> str:
    """Cores, processor, whether it multiplies matrices (AMX), and the Python version."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [
        line.partition(":")[2].strip()
        for line in processors.splitlines()
        if line.startswith("model name")
    ]
    amx = "with AMX" if "amx_bf16" in processors else "without AMX"
    return f"{len(names)} cores, {names[0]} {amx}, Python {platform.python_version()}"
