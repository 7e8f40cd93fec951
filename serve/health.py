"""GET /livez and /readyz: whether the process runs, and whether the model still scores."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from framelens.serve.envelope import log_failure
from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.openapi import problem_responses
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest
from framelens.serve.service import AppService, Service

__all__ = ["Health", "router"]

router = APIRouter()

TOLERANCE = 0.05
"""How far a canary's score may lie from the recorded one: other engines and precisions round."""


class Health(Message):
    """A healthy service; an unhealthy one answers with a problem."""

    status: Literal["ok"] = "ok"


@router.get("/livez")
async def livez() -> Health:
    """Whether the process answers."""
    return Health()


@router.get("/readyz", responses=problem_responses("not_ready"))
async def readyz(request: Request, service: AppService) -> Health:
    """Whether every model gives its canary the scores that it had when the model was made."""
    try:
        sound = [await _canary_is_sound(service, model) for model in service.models]
    except Exception as error:
        log_failure(error, request.state.request_id)
        raise Problem("not_ready", "the canary could not be scored") from None
    if not all(sound):
        raise Problem("not_ready", "the canary's scores are not the recorded ones")
    return Health()


async def _canary_is_sound(service: Service, model: LoadedModel) -> bool:
    canary = model.classifier.artefact.manifest.canary
    answer = await service.classify(ClassifyRequest(text=canary.text, model=model.id))
    sentence = answer.documents[0].sentences[0]
    return (
        sentence.label == max(canary.scores, key=canary.scores.__getitem__)
        and sentence.scores.keys() == canary.scores.keys()
        and all(
            abs(score - canary.scores[label]) <= TOLERANCE
            for label, score in sentence.scores.items()
        )
    )
