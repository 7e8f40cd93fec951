"""GET /v1/info: what answers here, and within which limits."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from framelens.model import Scheme, TextProfile
from framelens.serve.basis import EngineAnswer, ModelAnswer
from framelens.serve.limits import Limits
from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.service import AppService
from framelens.serve.thresholds import LabelThresholds

if TYPE_CHECKING:
    from framelens.serve.store.store import Store

__all__ = ["Info", "ModelInfo", "Served", "Stores", "ThresholdsInfo", "router"]

router = APIRouter()


class ModelInfo(ModelAnswer):
    """A model."""

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


class ThresholdsInfo(Message):
    """A threshold set: what follows from the probabilities of a sentence's labels."""

    id: str
    """Name, version and digest, as answers carry it."""
    name: str
    version: str
    labels: dict[str, LabelThresholds]
    review_below: float | None
    """Sentences whose likeliest label has a lower probability are to be reviewed; where the scheme
    is multi-label, those of which a yes or no has."""


class Served(Message):
    """A model, and what goes with it."""

    model: ModelInfo
    scheme: Scheme
    engine: EngineAnswer
    thresholds: list[ThresholdsInfo]
    """The sets that a request may choose; the first, which the model brings, is in force where
    it chooses none."""

    @classmethod
    def of(cls, model: LoadedModel) -> Served:
        """What there is to tell of a loaded model."""
        artefact = model.classifier.artefact
        return cls(
            model=ModelInfo.model_validate(artefact.manifest),
            scheme=artefact.scheme,
            engine=EngineAnswer.model_validate(model.classifier.engine),
            thresholds=[ThresholdsInfo.model_validate(each) for each in model.thresholds],
        )


class Stores(Message):
    """What the deployment keeps. Whatever this says, texts are not logged."""

    feedback: bool
    """Whether there is a database, so that feedback is taken."""
    decisions: bool
    """Whether decisions with the review mark are kept for the review queue."""
    texts_days: float | None
    """How many days the texts of both are kept; null where none is."""

    @classmethod
    def of(cls, store: Store | None) -> Stores:
        """What there is to tell of a store, or of none."""
        if store is None:
            return cls(feedback=False, decisions=False, texts_days=None)
        policy = store.policy
        return cls(
            feedback=True, decisions=policy.keep_for_review, texts_days=policy.keep_texts_days
        )


class Info(Served):
    """What answers here, and within which limits; ``model`` is for requests that name none."""

    version: str
    """Of framelens."""
    models: list[Served]
    """All that a request may name, as `name` or `name@version`, that one first."""
    retired: list[str]
    """Models that are served no longer."""
    previous: str | None
    """The default before, to which a rollback goes; null where none was promoted."""
    shadow: str | None
    """The model that reads some of the default's requests too, to be compared; or null."""
    limits: Limits
    stores: Stores


@router.get("/v1/info")
async def info(service: AppService, request: Request) -> Info:
    """Models with their labels and threshold sets, every limit in force, and what is kept."""
    served = [Served.of(model) for model in service.models]
    swap = request.app.state.swap
    return Info(
        **dict(served[0]),
        version=version("framelens"),
        models=served,
        retired=service.models.retired,
        previous=swap.previous if swap else None,
        shadow=service.shadow.candidate.id if service.shadow else None,
        limits=service.limits,
        stores=Stores.of(service.store),
    )
