"""/v1/models: what is loaded, and changes of it without a restart."""

from __future__ import annotations

from typing import Annotated, cast

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.openapi import problem_responses
from framelens.serve.problems import Problem
from framelens.serve.requests import Name, Note, Strict
from framelens.serve.service import AppService, Service
from framelens.serve.strict_json import JsonRoute
from framelens.serve.swap.shadow import ShadowReport
from framelens.serve.swap.swap import Occasion, Swap

__all__ = ["router"]

router = APIRouter(route_class=JsonRoute)

READING = ("no_models_folder", "internal_error")
CHANGING = (*READING, "invalid_request", "model_conflict", "store_unavailable")
POSTING = (
    *CHANGING,
    "invalid_json",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_encoding",
)


class Change(Strict):
    """Who changes the models, and why: for the audit log."""

    actor: Name | None = None
    reason: Note | None = None


class LoadRequest(Change):
    """What to load."""

    name: Name
    """A sub-folder of the models folder."""


class PromoteRequest(Change):
    """What to promote."""

    model: Name
    """A loaded model, as `name@version`."""


class ShadowRequest(Change):
    """What to compare with the default model."""

    model: Name
    """A loaded model, as `name@version`."""
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.1
    """Of the default model's requests, chosen by chance."""


class ModelState(Message):
    """A model in memory."""

    model: str
    """As `name@version`."""
    sha256: str
    """Digest of the whole artefact."""
    requests: int
    """Under way: each line of a stream that is worked on counts, and so does the stream."""

    @classmethod
    def of(cls, model: LoadedModel) -> ModelState:
        """What there is to tell of a model."""
        sha256 = model.classifier.artefact.manifest.sha256
        return cls(model=model.id, sha256=sha256, requests=model.requests)


class ModelStates(Message):
    """The models in memory, and those that may come."""

    models: list[ModelState]
    """That a request may name, the default first."""
    leaving: list[ModelState]
    """Unloaded, but for the requests that began with them."""
    previous: str | None
    """The default before, to which a rollback goes."""
    shadow: str | None
    """The candidate that is shadow-scored."""
    is_loading: bool
    available: list[str]
    """Names of artefacts in the models folder."""


async def _swap(request: Request) -> Swap:
    # Without one, the routes that ask for it are closed.
    return cast(Swap, request.app.state.swap)


AppSwap = Annotated[Swap, Depends(_swap)]


@router.get("/v1/models", responses=problem_responses(*READING))
async def list_models(swap: AppSwap, service: AppService) -> ModelStates:
    """The models in memory, and the artefacts that may be loaded."""
    return await _states(swap, service)


@router.post(
    "/v1/models",
    status_code=201,
    responses=problem_responses(*POSTING, "unknown_artefact", "unfit_artefact"),
)
async def load_model(
    request: LoadRequest, swap: AppSwap, service: AppService, connection: Request
) -> ModelStates:
    """Load an artefact beside the others; it answers requests that name it.

    Its files are verified and its canary scored first. The answer comes when that is done, one
    model at a time.
    """
    await swap.load(request.name, _occasion(request, connection))
    return await _states(swap, service)


@router.delete("/v1/models/{model}", responses=problem_responses(*CHANGING, "unknown_record"))
async def unload_model(
    model: str,
    swap: AppSwap,
    service: AppService,
    connection: Request,
    actor: Annotated[Name | None, Query()] = None,
    reason: Annotated[Note | None, Query()] = None,
) -> ModelStates:
    """Unload a model that is not the default.

    It is retired at once, answers what it has begun, and then its memory is free.
    """
    change = Change(actor=actor, reason=reason)
    await swap.unload(model, _occasion(change, connection))
    return await _states(swap, service)


@router.post("/v1/models:promote", responses=problem_responses(*POSTING, "unknown_model"))
async def promote_model(
    request: PromoteRequest, swap: AppSwap, service: AppService, connection: Request
) -> ModelStates:
    """Make a loaded model the default. Requests under way end with the one that they began with."""
    await swap.promote(request.model, _occasion(request, connection))
    return await _states(swap, service)


@router.post("/v1/models:rollback", responses=problem_responses(*POSTING))
async def roll_back_model(
    request: Change, swap: AppSwap, service: AppService, connection: Request
) -> ModelStates:
    """Make the model the default again that was it before the last promotion."""
    await swap.rollback(_occasion(request, connection))
    return await _states(swap, service)


@router.get("/v1/models:shadow", responses=problem_responses(*READING, "unknown_record"))
async def shadow_report(swap: AppSwap) -> ShadowReport:
    """How the candidate differs from the default model so far, or how the last one did."""
    return _report(swap)


@router.post(
    "/v1/models:shadow",
    status_code=201,
    responses=problem_responses(*POSTING, "unknown_model"),
)
async def start_shadow(request: ShadowRequest, swap: AppSwap, connection: Request) -> ShadowReport:
    """Have a loaded model read some of the default model's requests too, after their answers.

    Only while the engines have nothing else to do: it neither delays nor fails a request.
    """
    await swap.start_shadow(request.model, request.share, _occasion(request, connection))
    return _report(swap)


@router.delete("/v1/models:shadow", responses=problem_responses(*CHANGING, "unknown_record"))
async def stop_shadow(
    swap: AppSwap,
    connection: Request,
    actor: Annotated[Name | None, Query()] = None,
    reason: Annotated[Note | None, Query()] = None,
) -> ShadowReport:
    """Compare no more. The last report is kept until there is another."""
    await swap.stop_shadow(_occasion(Change(actor=actor, reason=reason), connection))
    return _report(swap)


def _occasion(change: Change, connection: Request) -> Occasion:
    return Occasion(change.actor, change.reason, connection.state.request_id)


def _report(swap: Swap) -> ShadowReport:
    if swap.shadow_report is None:
        raise Problem("unknown_record", "no model has been shadow-scored")
    return swap.shadow_report


async def _states(swap: Swap, service: Service) -> ModelStates:
    available = await to_thread.run_sync(swap.folder.names)
    return ModelStates(
        models=[ModelState.of(each) for each in service.models],
        leaving=[ModelState.of(each) for each in swap.leaving],
        previous=swap.previous,
        shadow=service.shadow.candidate.id if service.shadow else None,
        is_loading=swap.is_loading,
        available=available,
    )
