"""GET /livez and /readyz: whether the process runs, and whether the models still score."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Literal, cast

from fastapi import APIRouter, Request

from framelens.serve.envelope import log_failure
from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.openapi import problem_responses
from framelens.serve.problems import Problem
from framelens.serve.service import AppService, Service

__all__ = ["Health", "canary_fault", "router"]

router = APIRouter()

TOLERANCE = 0.05
"""How far a canary's score may lie from the recorded one: other engines and precisions round."""

CANARY_SECONDS = 5.0
"""A canary that takes longer counts as not scored."""

KNOWN_SECONDS = 1.0
"""For how long one canary answers all who ask."""


class Health(Message):
    """A healthy service; an unhealthy one answers with a problem."""

    status: Literal["ok"] = "ok"


@router.get("/livez", responses=problem_responses("wedged"))
async def livez(service: AppService) -> Health:
    """Whether the process answers, and no engine is stuck over a batch."""
    if fault := service.wedged():
        raise Problem("wedged", fault)
    return Health()


@router.get("/readyz", responses=problem_responses("not_ready", "stopping"))
async def readyz(request: Request, service: AppService) -> Health:
    """Whether every model gives its canary the scores that it had when the model was made.

    Probes within a second share one answer.
    """
    if service.is_stopping:
        raise Problem("stopping", "the service answers what it has accepted, and ends")
    if fault := await _readiness(request).fault(service, request.state.request_id):
        raise Problem("not_ready", fault)
    return Health()


class Readiness:
    """What the canaries last told, for a second."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._known_until = 0.0
        self._fault = ""

    async def fault(self, service: Service, request_id: str) -> str:
        """Why the service is not ready, empty if it is."""
        async with self._lock:
            if monotonic() >= self._known_until:
                models = list(service.models)
                faults = [await canary_fault(service, model, request_id) for model in models]
                self._fault = "; ".join(filter(None, faults))
                self._known_until = monotonic() + KNOWN_SECONDS
            return self._fault


def _readiness(request: Request) -> Readiness:
    state = request.app.state
    if not hasattr(state, "readiness"):
        state.readiness = Readiness()
    return cast(Readiness, state.readiness)


async def canary_fault(service: Service, model: LoadedModel, request_id: str) -> str:
    """What is wrong with a model's canary, empty if nothing is."""
    try:
        sentence = await service.canary(model, CANARY_SECONDS)
    except TimeoutError:
        return f"the canary of {model.id} was not scored within {CANARY_SECONDS:g} seconds"
    except Exception as error:
        log_failure(error, request_id)
        return f"the canary of {model.id} could not be scored"
    recorded = model.classifier.artefact.manifest.canary.scores
    is_sound = (
        (sentence.labels is not None or sentence.label == max(recorded, key=recorded.__getitem__))
        and sentence.scores.keys() == recorded.keys()
        and all(
            abs(score - recorded[label]) <= TOLERANCE for label, score in sentence.scores.items()
        )
    )
    return "" if is_sound else f"the canary's scores of {model.id} are not the recorded ones"
