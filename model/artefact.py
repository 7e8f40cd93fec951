"""Artefacts: folders with everything that a model is, verified whenever they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from framelens.model.errors import ArtefactError, one_of
from framelens.model.scheme import Scheme
from framelens.model.text_profile import TextProfile
from framelens.model.tokenization import SentenceTokenizer

__all__ = [
    "DEFAULT",
    "MANIFEST",
    "Artefact",
    "Canary",
    "Manifest",
    "digest",
    "file_sha256",
    "find_artefact",
    "read_scheme",
]

DEFAULT = "framing"
"""The name of the artefact that is shipped with the package."""

MANIFEST = "framelens.json"
FORMAT = 1
SHIPPED = Path(__file__).parent / "artefacts"
WEIGHTS = "model.safetensors"
REQUIRED = ("config.json", "model.onnx", WEIGHTS, "scheme.yaml", "tokenizer.json")


@dataclass(frozen=True)
class Canary:
    """A sentence and the label probabilities it had when the model was made."""

    text: str
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Manifest:
    """What an artefact says of itself, beside weights, tokenizer and scheme.

    ``window`` counts tokens with the special ones, ``overlap`` sentences; ``provenance``
    tells how the model came to be; ``files`` maps file names to their sha256. Sentences whose
    confidence is below ``review_below`` carry the review mark; ``profile`` tells what the
    training text was like; ``separators`` is whether the sentences of a window are
    separated by a special token. Artefacts made before these three have none. ``alone`` is True
    where each window holds one sentence only.
    """

    name: str
    version: str
    window: int
    overlap: int
    temperature: float
    canary: Canary
    provenance: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    review_below: float | None = None
    profile: TextProfile | None = None
    separators: bool | None = None
    alone: bool | None = None

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Manifest:
        """The manifest in a mapping read from JSON."""
        profile = content.get("profile")
        return cls(
            **{
                **content,
                "canary": Canary(**content["canary"]),
                "profile": None if profile is None else TextProfile.from_dict(profile),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """The manifest as JSON holds it, without the fields that are None."""
        # So that a field added later changes no digest of the artefacts that lack it.
        return {name: value for name, value in asdict(self).items() if value is not None}

    @cached_property
    def sha256(self) -> str:
        """Digest of the whole artefact, since the manifest holds the digest of every file."""
        return digest(self.to_dict())

    @property
    def weights_sha256(self) -> str:
        """Digest of the weights alone: models that differ in nothing else share it."""
        return self.files[WEIGHTS]

    @cached_property
    def calibration(self) -> str:
        """What makes probabilities of logits: the method, and a digest of what it was fitted to."""
        fitted = {name: self.provenance.get(name) for name in ("held_out", "calibrated_with")}
        return f"temperature+{digest({'temperature': self.temperature, **fitted})[:8]}"


@dataclass(frozen=True)
class Artefact:
    """A model folder whose files are what its manifest says they are."""

    folder: Path
    manifest: Manifest
    scheme: Scheme

    @classmethod
    def load(cls, path_or_name: str | Path) -> Artefact:
        """Read an artefact and verify the sha256 of every file in it.

        Args:
            path_or_name: a folder, or the name of an artefact shipped with the package.

        Raises:
            ArtefactError: there is no such artefact, or it is incomplete or changed.
            SchemeError: its scheme contradicts itself.
        """
        folder = find_artefact(path_or_name)
        manifest = _read_manifest(folder / MANIFEST)
        _verify(folder, manifest)
        return cls(folder, manifest, Scheme.from_file(folder / "scheme.yaml"))

    def tokenizer(self) -> SentenceTokenizer:
        """The tokenizer, which makes windows as they were in training."""
        path = self.folder / "tokenizer.json"
        separators, alone = bool(self.manifest.separators), bool(self.manifest.alone)
        return SentenceTokenizer(path, separators, alone)

    @staticmethod
    def seal(folder: Path, manifest: Manifest) -> Manifest:
        """Write the manifest with the sha256 of every file now in the folder, but in none below."""
        files_here = (path for path in folder.iterdir() if path.is_file())
        paths = sorted(path for path in files_here if path.name != MANIFEST)
        files = {path.name: file_sha256(path) for path in paths}
        sealed = replace(manifest, files=files)
        content = sealed.to_dict() | {"sha256": sealed.sha256}
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        return sealed


def find_artefact(path_or_name: str | Path) -> Path:
    """The folder of an artefact given by path or by the name of a shipped one.

    Raises:
        ArtefactError: there is neither; the message lists the shipped ones.
    """
    for folder in (Path(path_or_name), SHIPPED / path_or_name):
        if _is_file(folder / MANIFEST):
            return folder
    shipped = sorted(path.parent.name for path in SHIPPED.glob(f"*/{MANIFEST}"))
    known = f"; shipped with the package: {one_of(shipped)}" if shipped else ""
    raise ArtefactError(f"{path_or_name}: no artefact here, it would hold {MANIFEST}{known}")


def read_scheme(path: Path | None) -> Scheme:
    """The scheme of a file, that of the shipped model where none is given.

    Raises:
        SchemeError: the file is missing, is not YAML, or contradicts itself.
    """
    return Scheme.from_file(path or find_artefact(DEFAULT) / "scheme.yaml")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the system, or a folder it may not enter
        return False


def digest(content: Mapping[str, Any]) -> str:
    """The sha256 of what JSON can hold, whatever the order of its fields."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(path: Path) -> Manifest:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{path}: not a JSON file: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ArtefactError(f"{path}: format: this version of framelens reads format {FORMAT}")
    recorded = content.pop("sha256", None)
    try:
        manifest = Manifest.from_dict(content)
        unchanged = recorded == manifest.sha256
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{path}: fields do not fit format {FORMAT}: {error}") from error
    if not unchanged:
        raise ArtefactError(f"{path}: sha256: the manifest was changed after it was written")
    return manifest


def _verify(folder: Path, manifest: Manifest) -> None:
    for name in sorted({*REQUIRED, *manifest.files}):
        path = folder / name
        if not path.is_file():
            raise ArtefactError(f"{path}: file is missing from the artefact")
        if manifest.files.get(name) != file_sha256(path):
            raise ArtefactError(f"{path}: sha256: the file is not the one the manifest names")
