"""BentoML with adaptive batching: ``bentoml serve bentoml_app:SentenceService``, MODEL set.

Batches are up to the default size of 100 texts; no answer is given up for being late.
"""

from __future__ import annotations

import os
from pathlib import Path

import bentoml
from models import torch_classifier


@bentoml.service(traffic={"timeout": 120}, logging={"access": {"enabled": False}})
class SentenceService:
    """Classifies the texts of several requests together."""

    def __init__(self) -> None:
        self._classify = torch_classifier(Path(os.environ["MODEL"]))

    @bentoml.api(batchable=True, max_batch_size=100, max_latency_ms=60_000)
    def classify(self, texts: list[str]) -> list[dict]:
        """The likeliest label of each text and its probability."""
        return self._classify(texts)
