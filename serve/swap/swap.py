"""Models that come, lead and go while the service answers."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from weakref import WeakSet

from anyio import to_thread

from framelens.model import Artefact
from framelens.serve.health import canary_fault
from framelens.serve.models import LoadedModel, model_id
from framelens.serve.problems import FieldProblem, Problem
from framelens.serve.service import Service
from framelens.serve.swap.folder import ModelsFolder
from framelens.serve.swap.shadow import Shadow, ShadowReport

__all__ = ["Occasion", "Swap"]

REMEMBERED = 16
"""Defaults before the present one."""


@dataclass(frozen=True)
class Occasion:
    """Who changes something, why, and in which request."""

    actor: str | None
    reason: str | None
    request_id: str


class Swap:
    """Changes which models a service has, one change at a time.

    A request keeps the model that it began with, so no change fails or delays one. Each is in the
    audit log, if there is a store, before it is made.

    Args:
        service: whose models they are.
        folder: where artefacts may be loaded from.
    """

    def __init__(self, service: Service, folder: ModelsFolder) -> None:
        self.folder = folder
        self.is_loading = False
        self._service = service
        self._lock = asyncio.Lock()
        self._before: deque[str] = deque(maxlen=REMEMBERED)
        self._leaving: WeakSet[LoadedModel] = WeakSet()
        self._served = {model.id: _sha256(model) for model in service.models}
        self._last_report: ShadowReport | None = None

    @property
    def previous(self) -> str | None:
        """The id of the default before this one, to which a rollback goes."""
        return self._before[-1] if self._before else None

    @property
    def leaving(self) -> list[LoadedModel]:
        """Models that are unloaded, and still answer requests that began with them."""
        return [model for model in self._leaving if model.requests]

    @property
    def shadow_report(self) -> ShadowReport | None:
        """Of the candidate that is shadow-scored, or else of the last one."""
        shadow = self._service.shadow
        return shadow.report() if shadow else self._last_report

    async def load(self, name: str, occasion: Occasion) -> None:
        """Load an artefact beside the others, once its canary is right.

        Raises:
            Problem: there is none of that name, it cannot be served, its id is taken, or another
                is being loaded.
        """
        if self.is_loading:
            raise Problem("model_conflict", "a model is being loaded; one at a time")
        self._check_room()
        self.is_loading = True
        try:
            artefact = await to_thread.run_sync(self.folder.read, name)
            self._check_new(artefact)
            classifier = await to_thread.run_sync(self.folder.classifier, artefact)
            model = LoadedModel(classifier, self._service.models.sets)
            if fault := await canary_fault(self._service, model, occasion.request_id):
                raise Problem("unfit_artefact", fault)
            async with self._lock:
                await self._record("model_loaded", model, occasion)
                self._join(model)
        finally:
            self.is_loading = False

    async def promote(self, wanted: str, occasion: Occasion) -> None:
        """Make a loaded model the default.

        Raises:
            Problem: it is not loaded, the default already, or has other labels.
        """
        async with self._lock:
            model = self._candidate(wanted)
            await self._record("model_promoted", model, occasion)
            self._before.append(self._service.models.default.id)
            self._lead(model)

    async def rollback(self, occasion: Occasion) -> None:
        """Make the model the default that was it before.

        Raises:
            Problem: there was none, or it is not loaded any more.
        """
        async with self._lock:
            if self.previous is None:
                raise Problem("model_conflict", "no model was promoted")
            model = self._loaded().get(self.previous)
            if model is None:
                detail = f"{self.previous}, the default before, is not loaded any more"
                raise Problem("model_conflict", detail)
            await self._record("model_rolled_back", model, occasion)
            self._before.pop()
            self._lead(model)

    async def unload(self, wanted: str, occasion: Occasion) -> None:
        """Take no more requests for a model; its memory is free when its last one has ended.

        Raises:
            Problem: it is not loaded, or the default.
        """
        async with self._lock:
            models = self._service.models
            model = self._loaded().get(wanted)
            if model is None:
                raise Problem("unknown_record", f"loaded are {self._ids()}")
            if model is models.default:
                detail = f"{model.id} is the default; another must be promoted first"
                raise Problem("model_conflict", detail)
            await self._record("model_unloaded", model, occasion)
            if self._service.shadow and self._service.shadow.involves(model):
                self._end_shadow()
            others = [each for each in models if each is not model]
            models.serve(others, [*models.retired, model.id])
            self._service.metrics.forget(model)
            self._leaving.add(model)

    async def start_shadow(self, wanted: str, share: float, occasion: Occasion) -> None:
        """Score a share of the default model's requests with another model too.

        Raises:
            Problem: it is not loaded, the default, or has other labels; or one is scored already.
        """
        async with self._lock:
            service = self._service
            candidate = self._candidate(wanted)
            if service.shadow is not None:
                running = service.shadow.report().model
                raise Problem("model_conflict", f"{running} is being shadow-scored; stop it first")
            await self._record("shadow_started", candidate, occasion)
            default = service.models.default
            service.shadow = Shadow(default, candidate, share, self._is_idle)

    async def stop_shadow(self, occasion: Occasion) -> None:
        """End shadow scoring, if there is any."""
        async with self._lock:
            if shadow := self._service.shadow:
                await self._record("shadow_stopped", shadow.candidate, occasion)
                self._end_shadow()

    def _join(self, model: LoadedModel) -> None:
        models = self._service.models
        self._service.metrics.watch(model)
        self._served[model.id] = _sha256(model)
        models.serve([*models, model], [each for each in models.retired if each != model.id])

    def _lead(self, model: LoadedModel) -> None:
        models = self._service.models
        self._end_shadow()
        models.serve([model, *(each for each in models if each is not model)], models.retired)

    def _end_shadow(self) -> None:
        if self._service.shadow is not None:
            self._last_report = self._service.shadow.stop()
            self._service.shadow = None

    def _loaded(self) -> dict[str, LoadedModel]:
        return {model.id: model for model in self._service.models}

    def _ids(self) -> str:
        return ", ".join(self._loaded())

    def _candidate(self, wanted: str) -> LoadedModel:
        """A model that may become the default."""
        model, default = self._loaded().get(wanted), self._service.models.default
        if model is None:
            detail = f"loaded are {self._ids()}"
            field = FieldProblem(pointer="/model", detail=detail)
            raise Problem("unknown_model", detail, [field])
        if model is default:
            raise Problem("model_conflict", f"{model.id} is the default already")
        if _labels(model) != _labels(default):
            detail = f"{model.id} and the default, {default.id}, have different labels"
            raise Problem("model_conflict", detail)
        return model

    def _check_room(self) -> None:
        number, most = len(self._loaded()) + len(self.leaving), self._service.limits.models
        if number >= most:
            raise Problem("model_conflict", f"{number} models are in memory; at most {most} may be")

    def _check_new(self, artefact: Artefact) -> None:
        identity = model_id(artefact.manifest)
        if identity in self._loaded():
            raise Problem("model_conflict", f"{identity} is loaded already")
        if self._served.get(identity, artefact.manifest.sha256) != artefact.manifest.sha256:
            detail = f"another {identity} was served before; this one needs a version of its own"
            raise Problem("model_conflict", detail)

    def _is_idle(self) -> bool:
        loads = (model.classifier.batcher.load() for model in self._service.models)
        return not any(load.tokens or load.batch_seconds for load in loads)

    async def _record(self, action: str, model: LoadedModel, occasion: Occasion) -> None:
        if self._service.store:
            reason = f"{model.id}: {occasion.reason}" if occasion.reason else model.id
            await self._service.store.record(action, occasion.actor, reason)


def _sha256(model: LoadedModel) -> str:
    return model.classifier.artefact.manifest.sha256


def _labels(model: LoadedModel) -> set[str]:
    return {*model.classifier.artefact.scheme.label_names}
