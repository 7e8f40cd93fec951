"""Where a model comes from, as far as a program can tell."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

from framelens.data import Corpus, corpus_sha256, summarise
from framelens.model import Artefact, Scheme
from framelens.model.artefact import file_sha256
from framelens.training.base import base_artefact, base_folder
from framelens.training.settings import TrainSettings

__all__ = ["corpus_facts", "git_revision", "identity", "provenance"]

PACKAGES = (
    "framelens",
    "datasets",
    "numpy",
    "nupunkt",
    "onnx",
    "openvino",
    "tokenizers",
    "torch",
    "transformers",
)

UNUSED_WITHOUT: dict[str, tuple[str, ...]] = {
    "adaptation": ("adaptation_epochs",),
    "attribution": ("attribution_epochs",),
    "layers": (),
    "split_by": (),
    "swaps": ("swap_share", "consistency"),
    "teacher": ("unlabelled", "imitation"),
    "test_share": (),
}
"""Settings that may be missing, each with those that then mean nothing."""


def provenance(settings: TrainSettings, scheme: Scheme) -> dict[str, Any]:
    """Settings, hashes of scheme, base and data files, versions and git revision of a run."""
    files = [*settings.data, *settings.test]
    others = (settings.adaptation, settings.attribution, settings.swaps, settings.unlabelled)
    files += filter(None, others)
    return {
        "settings": _plain_settings(settings),
        "scheme": f"{scheme.name} {scheme.version}",
        "base_sha256": _base_sha256(settings.base),
        "base_artefact": identity(base_artefact(settings.base)),
        "teacher": identity(Artefact.load(settings.teacher) if settings.teacher else None),
        "files": [{"name": path.name, "sha256": file_sha256(path)} for path in files],
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in PACKAGES},
        },
        "git_revision": git_revision(),
    }


def corpus_facts(corpus: Corpus, scheme: Scheme) -> dict[str, Any]:
    """A corpus's hash, its counts, and how many sentences each leaf and kind of text has."""
    return {"sha256": corpus_sha256(corpus), **asdict(summarise(corpus, scheme))}


def _plain_settings(settings: TrainSettings) -> dict[str, Any]:
    """The settings that decide the model; where files lie on this machine does not."""
    content = asdict(settings)
    for name in ("output", "resume", "texts", "tracking"):
        del content[name]
    for task, unused in UNUSED_WITHOUT.items():
        if not content[task]:
            for name in (task, *unused):
                del content[name]
    for name, value in content.items():
        if isinstance(value, Path):
            content[name] = value.name
        elif isinstance(value, list):
            content[name] = [path.name for path in value]
    if Path(settings.base).is_dir():
        content["base"] = Path(settings.base).name
    return content


def identity(artefact: Artefact | None) -> dict[str, str] | None:
    """What tells an artefact from all others; None of none."""
    if artefact is None:
        return None
    manifest = artefact.manifest
    return {"name": manifest.name, "version": manifest.version, "sha256": manifest.sha256}


def _base_sha256(base: str) -> str | None:
    folder = base_folder(base)
    weights = folder / "model.safetensors" if folder else None
    return file_sha256(weights) if weights and weights.is_file() else None


def git_revision() -> str | None:
    """The revision of framelens, where it runs from a checkout."""
    checkout = Path(__file__).resolve().parents[1]
    git = shutil.which("git")
    if git is None or not (checkout / ".git").exists():
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    result = subprocess.run(  # noqa: S603
        command, cwd=checkout, capture_output=True, text=True, check=False
    )
    return result.stdout.strip() or None
