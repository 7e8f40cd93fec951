"""What determines an answer, in the answer itself, so that it can be told and repeated."""

from __future__ import annotations

from framelens.model.artefact import digest
from framelens.serve.message import Message

__all__ = ["Basis", "EngineAnswer", "ModelAnswer"]

FINGERPRINT_DIGITS = 16


class ModelAnswer(Message):
    """The model that gave the answer."""

    name: str
    version: str
    sha256: str
    """Digest of the whole artefact: the same digest gives the same answers."""
    weights_sha256: str
    """Digest of the weights alone."""
    calibration: str
    """What makes probabilities of the network's output: method and digest."""


class EngineAnswer(Message):
    """What runs the model."""

    name: str
    precision: str


class Basis(Message):
    """All that determines an answer, beside the text."""

    model: ModelAnswer
    engine: EngineAnswer
    software: dict[str, str]
    """The versions of the packages that split, tokenize and compute."""
    thresholds: str
    """The threshold set in force, as `name@version+digest`."""
    fingerprint: str
    """Digest of all of these: equal fingerprints, equal answers to equal texts."""

    @classmethod
    def of(
        cls, model: ModelAnswer, engine: EngineAnswer, software: dict[str, str], thresholds: str
    ) -> Basis:
        """The basis with the fingerprint of its parts."""
        parts = {
            "model": model.sha256,
            "engine": engine.model_dump(),
            "software": software,
            "thresholds": thresholds,
        }
        return cls(
            model=model,
            engine=engine,
            software=software,
            thresholds=thresholds,
            fingerprint=digest(parts)[:FINGERPRINT_DIGITS],
        )
