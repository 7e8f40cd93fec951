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
from framelens.model import Scheme
from framelens.model.artefact import file_sha256
from framelens.training.settings import TrainSettings

__all__ = ["corpus_facts", "provenance"]

PACKAGES = ("framelens", "torch", "transformers", "tokenizers", "datasets", "nupunkt")


def provenance(settings: TrainSettings) -> dict[str, Any]:
    """Settings, hashes of the data files, versions and git revision of a run."""
    files = [settings.scheme, *settings.data, *settings.test]
    if settings.attribution:
        files.append(settings.attribution)
    return {
        "settings": _plain_settings(settings),
        "files": {path.name: file_sha256(path) for path in files},
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in PACKAGES},
        },
        "git_revision": _git_revision(),
    }


def corpus_facts(corpus: Corpus, scheme: Scheme) -> dict[str, Any]:
    """A corpus's hash, its counts, and how many sentences each leaf and kind of text has."""
    return {"sha256": corpus_sha256(corpus), **asdict(summarise(corpus, scheme))}


def _plain_settings(settings: TrainSettings) -> dict[str, Any]:
    """The settings that decide the model; where files lie on this machine does not."""
    content = asdict(settings)
    for name in ("output", "texts", "resume"):
        del content[name]
    for name in ("data", "test"):
        content[name] = [path.name for path in content[name]]
    content["scheme"] = settings.scheme.name
    content["attribution"] = settings.attribution and settings.attribution.name
    content["base"] = Path(settings.base).name if Path(settings.base).exists() else settings.base
    return content


def _git_revision() -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return result.stdout.strip() or None
