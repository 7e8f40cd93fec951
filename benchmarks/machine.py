"""What a benchmark runs on: the machine, and the versions of what takes part."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path

__all__ = ["machine", "versions"]


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


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed version of each package that is installed."""
    installed = {}
    for package in packages:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed
