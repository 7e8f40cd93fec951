"""Engines: what runs the windows. One small interface over OpenVINO, ONNX Runtime and torch."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from framelens.model.engines.base import Engine
from framelens.model.errors import EngineError, one_of

__all__ = ["ENGINES", "Engine", "load_engine"]

ENGINES = ("openvino", "onnxruntime", "torch")
"""The engines by name, the preferred first."""


def load_engine(
    folder: str | Path,
    name: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
) -> Engine:
    """Load an artefact's network into an engine.

    ``auto`` takes torch where it sees a GPU, else the first of :data:`ENGINES` that is installed.

    Args:
        folder: the artefact.
        name: one of :data:`ENGINES`, or ``auto``.
        precision: ``f32``, ``bf16``, or ``auto`` for bf16 where the processor computes in it.
        threads: how many cores to compute on; None takes all. The logits are the same.

    Raises:
        EngineError: the name is unknown, or the engine is not installed or cannot run the
            artefact.
    """
    if name not in (*ENGINES, "auto"):
        raise EngineError(f"unknown engine {name!r}: use {one_of((*ENGINES, 'auto'))}")
    if precision not in ("auto", "f32", "bf16"):
        raise EngineError(f"unknown precision {precision!r}: use {one_of(('auto', 'f32', 'bf16'))}")
    if name == "auto":
        name = _preferred()
    if not _is_installed(name):
        raise EngineError(f"engine {name!r} is not installed: pip install {name}")
    try:
        module = importlib.import_module(f"framelens.model.engines.{name}")
    except ImportError as error:
        raise EngineError(f"engine {name!r} cannot be imported: {error}") from error
    engine: Engine = module.load(Path(folder), precision, threads)
    return engine


def _preferred() -> str:
    installed = [name for name in ENGINES if _is_installed(name)]
    if not installed:
        raise EngineError("no engine is installed: pip install openvino or onnxruntime")
    if "torch" in installed and _is_installed("transformers") and _has_gpu():
        return "torch"
    return installed[0]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _has_gpu() -> bool:
    # Asking torch costs a second of import; without the driver's device there is no need.
    if not any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")):
        return False
    import torch

    return torch.cuda.is_available()
