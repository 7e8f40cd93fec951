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
from framelens.model.multi_label import least_certain
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
"""``act``: on the label, without a person; ``review``: a person should look."""

CONSEQUENCES: tuple[Consequence, ...] = ("act", "review")
"""The consequences, the weightier first."""


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
    review_below: Threshold | None = None
    labels: dict[str, LabelThresholds] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.review_below is None and not self.labels:
            raise PydanticCustomError("nothing", "needs 'labels' or 'review_below', or both")
        return self


@dataclass(frozen=True)
class ThresholdSet:
    """A named version of a policy.

    ``labels`` gives the thresholds of labels; sentences whose likeliest label, whichever it is,
    has a probability below ``review_below`` are to be reviewed. Of a multi-label scheme, those of
    which a yes or no has.
    """

    name: str
    version: str
    labels: Mapping[str, LabelThresholds]
    review_below: float | None = None

    @cached_property
    def id(self) -> str:
        """``name@version+digest``: the digest is of the thresholds, so none changes silently."""
        labels = {label: given.model_dump() for label, given in self.labels.items()}
        content = {"labels": labels, "review_below": self.review_below}
        return f"{self.name}@{self.version}+{digest(content)[:8]}"

    def fits(self, scheme: Scheme) -> bool:
        """Whether a scheme has all its labels."""
        return self.labels.keys() <= {*scheme.label_names}

    def consequence(
        self, scores: Mapping[str, float], multi_label: bool = False
    ) -> tuple[Consequence | None, str | None]:
        """What follows from the probabilities of a sentence's labels, and from which of them.

        Every label that the set names is compared, not the likeliest alone. To act outweighs
        to review; of several labels the likeliest is told, and of several that are unsure, the
        least certain.
        """
        ranked = sorted(scores, key=scores.__getitem__, reverse=True)
        for consequence in CONSEQUENCES:
            for label in ranked:
                threshold = getattr(self.labels.get(label), consequence, None)
                if threshold is not None and scores[label] >= threshold:
                    return consequence, label
        unsure = least_certain(scores) if multi_label else (ranked[0], scores[ranked[0]])
        if self.review_below is not None and unsure[1] < self.review_below:
            return "review", unsure[0]
        return None, None


def model_thresholds(manifest: Manifest) -> ThresholdSet:
    """A model's own set: its review threshold, and nothing to act on."""
    return ThresholdSet(DEFAULT_SET, manifest.version, {}, manifest.review_below)


def request_thresholds(review_below: float) -> ThresholdSet:
    """The set that a request makes with a threshold of its own."""
    review_below = float(review_below)
    return ThresholdSet(REQUEST_SET, repr(review_below), {}, review_below)


def read_thresholds(path: Path, schemes: Iterable[Scheme]) -> list[ThresholdSet]:
    """The sets in a YAML file.

    Args:
        path: the file, a mapping of names to ``version``, ``labels`` and ``review_below``.
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
    thresholds = ThresholdSet(name, checked.version, checked.labels, checked.review_below)
    if not any(thresholds.fits(scheme) for scheme in schemes):
        raise ThresholdsError(f"{path}: {name}.labels: {_misfit(thresholds, schemes)}")
    return thresholds


def _misfit(thresholds: ThresholdSet, schemes: list[Scheme]) -> str:
    known = list(dict.fromkeys(label for scheme in schemes for label in scheme.label_names))
    for label in thresholds.labels:
        if label not in known:
            return f"no model has the label {label!r}; known are {one_of(known)}"
    return "no single model has all of these labels"
