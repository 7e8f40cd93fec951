"""GET /v1/info: what answers here, and within which limits."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from framelens.model import Scheme, TextProfile
from framelens.serve.answers import ModelAnswer
from framelens.serve.limits import Limits
from framelens.serve.message import Message
from framelens.serve.service import AppService

__all__ = ["EngineInfo", "Info", "ModelInfo", "router"]

router = APIRouter()


class ModelInfo(ModelAnswer):
    """The model in use."""

    window: int
    """Tokens that the network reads at once, the special ones included."""
    overlap: int
    """Sentences that consecutive windows share."""
    review_below: float | None
    """Sentences with a confidence below this get the review mark; null where the model has no
    threshold, so that none is marked unless the request names one."""
    profile: TextProfile | None
    """What the text was like that the model was made from: shares of the labels, deciles of
    confidence and of tokens in a sentence; null for models made before it was recorded."""


class EngineInfo(Message):
    """What runs the model."""

    name: str
    precision: str


class Info(Message):
    """What answers here, and within which limits."""

    version: str
    """Of framelens."""
    model: ModelInfo
    scheme: Scheme
    engine: EngineInfo
    limits: Limits


@router.get("/v1/info")
async def info(service: AppService) -> Info:
    """The model, its labels and their definitions, and every limit in force."""
    artefact = service.classifier.artefact
    return Info(
        version=version("framelens"),
        model=ModelInfo.model_validate(artefact.manifest),
        scheme=artefact.scheme,
        engine=EngineInfo.model_validate(service.classifier.engine),
        limits=service.limits,
    )
