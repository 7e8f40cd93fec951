"""Threshold sets: the policy that says what follows from a label's probability."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from framelens.model import FramelensError, Scheme
from framelens.model.artefact import Manifest, digest
from framelens.model.errors import one_of
from framelens.model.yaml_file import read_yaml
from framelens.serve.requests import Strict

__all__ = [
    "DEFAULT_SET",
    "REQUEST_SET",
    "Consequence",
    "LabelThresholds",
    "ThresholdSet",
    "ThresholdsError",
    "model_thresholds",
    "read_thresholds",
    "request_thresholds",
]

DEFAULT_SET = "default"
"""The name of every model's own set."""

REQUEST_SET = "request"
"""The name of the sets that requests make with ``review_below``, which is their version."""

NAME = r"^[A-Za-z0-9._-]{1,64}$"
"""What names and versions look like."""

Consequence = Literal["act", "review"]
"""``act``: the label holds without a person; ``review``: a person should look."""


class ThresholdsError(FramelensError):
    """A file of threshold sets that cannot be used."""


def _version(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        # 1.10 would otherwise become 1.1.
        raise PydanticCustomError("version", "must be a whole number, or text in quotation marks")
    return value


Version = Annotated[str, BeforeValidator(_version), Field(pattern=NAME)]
Threshold = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class LabelThresholds(Strict):
    """The probabilities of one label from which something follows: one of them, or both."""

    act: Threshold | None = None
    """From here on the label may be acted on without a person; null for never."""
    review: Threshold | None = None
    """From here on, and below `act`, a person should look; null for never."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.act is None and self.review is None:
            raise PydanticCustomError("nothing", "needs 'act' or 'review', or both")
        if self.act is not None and self.review is not None and self.review > self.act:
            raise PydanticCustomError("order", "'review' must not be above 'act'")
        return self


class _SetContent(Strict):
    version: Version
    labels: Annotated[dict[str, LabelThresholds], Field(min_length=1)]


@dataclass(frozen=True)
class ThresholdSet:
    """A named version of a policy; labels that it does not name have no consequences."""

    name: str
    version: str
    labels: Mapping[str, LabelThresholds]

    @cached_property
    def id(self) -> str:
        """``name@version+digest``: the digest is of the thresholds, so none changes silently."""
        labels = {label: given.model_dump() for label, given in self.labels.items()}
        return f"{self.name}@{self.version}+{digest(labels)[:8]}"

    def fits(self, scheme: Scheme) -> bool:
        """Whether a scheme has all its labels."""
        return self.labels.keys() <= {*scheme.label_names}

    def consequence(self, scores: Mapping[str, float]) -> tuple[Consequence | None, str | None]:
        """What follows from the probabilities of a sentence's labels, and from which of them.

        Every label that the set names is compared, not the likeliest alone. To act outweighs
        to review; of several labels the likeliest is told.
        """
        ranked = sorted(self.labels, key=lambda label: scores[label], reverse=True)
        for consequence in ("act", "review"):
            for label in ranked:
                threshold = getattr(self.labels[label], consequence)
                if threshold is not None and scores[label] >= threshold:
                    return consequence, label
        return None, None


def model_thresholds(manifest: Manifest, scheme: Scheme) -> ThresholdSet:
    """A model's own set: below its review threshold a person should look, above none needs to."""
    return _uniform(DEFAULT_SET, manifest.version, manifest.review_below, scheme)


def request_thresholds(review_below: float, scheme: Scheme) -> ThresholdSet:
    """The set that a request makes with a threshold of its own."""
    return _uniform(REQUEST_SET, repr(float(review_below)), review_below, scheme)


def _uniform(name: str, version: str, review_below: float | None, scheme: Scheme) -> ThresholdSet:
    if not review_below:
        return ThresholdSet(name, version, {})
    thresholds = LabelThresholds(act=review_below, review=0.0)
    return ThresholdSet(name, version, dict.fromkeys(scheme.label_names, thresholds))


def read_thresholds(path: Path, schemes: Iterable[Scheme]) -> list[ThresholdSet]:
    """The sets in a YAML file: a mapping of names to ``version`` and ``labels``.

    Args:
        path: the file.
        schemes: of the models that are served; each set must fit one of them.

    Raises:
        ThresholdsError: the file cannot be read or a field is wrong; the message names it.
    """
    content = read_yaml(path, "threshold sets", ThresholdsError)
    if not isinstance(content, dict) or not content:
        raise ThresholdsError(f"{path}: must map the names of threshold sets to their content")
    known = list(schemes)
    return [_read_set(path, name, given, known) for name, given in content.items()]


def _read_set(path: Path, name: Any, content: Any, schemes: list[Scheme]) -> ThresholdSet:
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise ThresholdsError(f"{path}: {name!r}: the name of a set must match {NAME}")
    if name in (DEFAULT_SET, REQUEST_SET):
        raise ThresholdsError(f"{path}: {name}: this name is taken; choose another")
    try:
        checked = _SetContent.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, (name, *first["loc"])))
        raise ThresholdsError(f"{path}: {field}: {first['msg']}") from None
    thresholds = ThresholdSet(name, checked.version, checked.labels)
    if not any(thresholds.fits(scheme) for scheme in schemes):
        raise ThresholdsError(f"{path}: {name}.labels: {_misfit(thresholds, schemes)}")
    return thresholds


def _misfit(thresholds: ThresholdSet, schemes: list[Scheme]) -> str:
    known = list(dict.fromkeys(label for scheme in schemes for label in scheme.label_names))
    for label in thresholds.labels:
        if label not in known:
            return f"no model has the label {label!r}; known are {one_of(known)}"
    return "no single model has all of these labels"
