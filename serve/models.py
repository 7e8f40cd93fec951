"""The models that are served side by side, and what determines each one's answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path

from framelens.model import ENGINES, FramelensError, FramingClassifier
from framelens.model.artefact import Manifest
from framelens.serve.basis import Basis, EngineAnswer, ModelAnswer
from framelens.serve.problems import FieldProblem, Problem
from framelens.serve.requests import ClassifyRequest
from framelens.serve.thresholds import (
    ThresholdSet,
    model_thresholds,
    read_thresholds,
    request_thresholds,
)

__all__ = ["LoadedModel", "Models", "model_id"]


class LoadedModel:
    """A classifier with the threshold sets that fit it; its own is the first.

    ``requests`` counts those that are under way.
    """

    def __init__(
        self, classifier: FramingClassifier, thresholds: Iterable[ThresholdSet] = ()
    ) -> None:
        artefact = classifier.artefact
        self.classifier = classifier
        self.requests = 0
        self.id = model_id(artefact.manifest)
        own = model_thresholds(artefact.manifest)
        self.thresholds = [own, *(each for each in thresholds if each.fits(artefact.scheme))]
        self._by_name = {
            name: each
            for each in self.thresholds
            for name in (each.name, f"{each.name}@{each.version}", each.id)
        }
        engine = EngineAnswer.model_validate(classifier.engine)
        model = ModelAnswer.model_validate(artefact.manifest)
        # Bounded, since requests make sets of their own. It must not hold this model, which
        # would be a circle: the memory of one that is unloaded is free at once.
        self._basis = lru_cache(maxsize=64)(
            partial(Basis.of, model, engine, _software(engine.name))
        )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count a request that is under way."""
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    def thresholds_of(self, request: ClassifyRequest) -> ThresholdSet:
        """The threshold set that a request asks for.

        Raises:
            Problem: there is none of that name, or not in that version.
        """
        if request.options.review_below is not None:
            return request_thresholds(request.options.review_below)
        if request.thresholds is None:
            return self.thresholds[0]
        if request.thresholds not in self._by_name:
            known = ", ".join(f"{each.name}@{each.version}" for each in self.thresholds)
            detail = f"the threshold sets for {self.id} are {known}"
            raise Problem("unknown_thresholds", detail, [_field("/thresholds", detail)])
        return self._by_name[request.thresholds]

    def basis(self, thresholds: ThresholdSet) -> Basis:
        """What determines the model's answers under a threshold set."""
        return self._basis(thresholds.id)


class Models:
    """The loaded models, of which the first answers requests that name none.

    ``retired`` are the ids of models that are served no longer, and ``sets`` the deployment's
    threshold sets, whichever models they fit.
    """

    def __init__(
        self,
        models: Sequence[LoadedModel],
        retired: Iterable[str] = (),
        sets: Iterable[ThresholdSet] = (),
    ) -> None:
        """Serve models.

        Args:
            models: at least one; a name that several share stands for the first of them.
            retired: ``name@version`` of models that are no longer served.
            sets: threshold sets, for models that come later.

        Raises:
            FramelensError: two models have the same id, or a retired one is loaded.
        """
        self.sets = list(sets)
        self.serve(models, retired)
        for wrong in (each for each in self.retired if "@" not in each):
            raise FramelensError(f"--retired: {wrong!r} is not of the form name@version")
        for wrong in (each for each in self.retired if each in self._by_name):
            raise FramelensError(f"--retired: {wrong} is given with --model as well")

    @classmethod
    def of(cls, classifier: FramingClassifier) -> Models:
        """One model with its own thresholds."""
        return cls([LoadedModel(classifier)])

    @classmethod
    def load(
        cls,
        paths_or_names: Sequence[str | Path],
        engine: str = "auto",
        precision: str = "auto",
        *,
        thresholds: Path | None = None,
        retired: Iterable[str] = (),
    ) -> Models:
        """Load artefacts, verified, each into an engine of its own, and a file of threshold sets.

        Raises:
            FramelensError: an artefact, the engine, the file or a retired id is not sound.
        """
        classifiers = [FramingClassifier.load(each, engine, precision) for each in paths_or_names]
        schemes = [classifier.artefact.scheme for classifier in classifiers]
        sets = read_thresholds(thresholds, schemes) if thresholds else []
        return cls([LoadedModel(classifier, sets) for classifier in classifiers], retired, sets)

    def serve(self, models: Sequence[LoadedModel], retired: Iterable[str]) -> None:
        """Serve these models from now on, all at once; requests under way keep theirs.

        Raises:
            FramelensError: two models have the same id.
        """
        by_name: dict[str, LoadedModel] = {}
        for model in models:
            if model.id in by_name:
                raise FramelensError(f"--model: two models are {model.id}")
            by_name[model.id] = model
            by_name.setdefault(model.classifier.artefact.manifest.name, model)
        self._models, self._by_name, self.retired = list(models), by_name, sorted(retired)

    def __iter__(self) -> Iterator[LoadedModel]:
        return iter(self._models)

    @property
    def default(self) -> LoadedModel:
        """The model for requests that name none."""
        return self._models[0]

    def find(self, wanted: str | None) -> LoadedModel:
        """The model that a request asks for, by ``name`` or ``name@version``.

        Raises:
            Problem: it is retired, or there is none.
        """
        if wanted is None:
            return self.default
        if wanted in self._by_name:
            return self._by_name[wanted]
        loaded = f"loaded are {', '.join(model.id for model in self)}"
        names = {each.rpartition("@")[0] for each in self.retired}
        if wanted in self.retired or wanted in names:
            raise Problem("retired_model", f"this model is served no longer; {loaded}")
        raise Problem("unknown_model", loaded, [_field("/model", loaded)])


def model_id(manifest: Manifest) -> str:
    """How requests pin a model."""
    return f"{manifest.name}@{manifest.version}"


def _field(pointer: str, detail: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, detail=detail)


def _software(engine: str) -> dict[str, str]:
    engines = {engine} & {*ENGINES}
    return {
        name: version(name) for name in sorted({"framelens", "nupunkt", "tokenizers", *engines})
    }
