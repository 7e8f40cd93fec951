"""What the tests of the model package share: one loaded classifier and small artefacts."""

from __future__ import annotations

from pathlib import Path

import pytest
import tokenizers
from hypothesis import settings

from framelens.model import DEFAULT, Artefact, FramingClassifier, find_artefact
from framelens.model.artefact import REQUIRED, Canary, Manifest

# The machine's speed is no property of the code, and a failure must come back when repeated.
settings.register_profile("framelens", deadline=None, derandomize=True, database=None)
settings.load_profile("framelens")


@pytest.fixture(scope="session")
def shipped() -> Path:
    """The folder of the artefact that is shipped with the package."""
    return find_artefact(DEFAULT)


@pytest.fixture(scope="session")
def classifier() -> FramingClassifier:
    """The shipped artefact in single precision: the same numbers on every machine."""
    return FramingClassifier.load(engine="openvino", precision="f32")


@pytest.fixture
def small_artefact(tmp_path: Path, shipped: Path) -> Path:
    """A sealed artefact whose large files are a few bytes, for what never runs the network."""
    folder = tmp_path / "small"
    folder.mkdir()
    for name in REQUIRED:
        (folder / name).write_bytes(f"content of {name}".encode())
    for name in ("scheme.yaml", "tokenizer.json"):
        (folder / name).write_bytes((shipped / name).read_bytes())
    (folder / "card.md").write_bytes(b"# a file that is not required\n")
    canary = Canary("They said it was over.", {"one": 0.25, "two": 0.75})
    provenance = {"settings": {"seed": 1, "rates": [0.1, 2e-5]}, "note": "naïve “test” 😀"}
    Artefact.seal(folder, Manifest("small", "1.2.3", 128, 2, 1.5, canary, provenance))
    return folder


@pytest.fixture(scope="session")
def byte_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer of another kind: every byte a token, white space too, no special tokens."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.BPE({letter: index for index, letter in enumerate(alphabet)}, [])
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    path = tmp_path_factory.mktemp("bytes") / "tokenizer.json"
    tokenizer.save(str(path))
    return path
