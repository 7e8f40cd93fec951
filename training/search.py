"""A space of settings to search: lists to choose from, and ranges."""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from framelens.model.errors import one_of
from framelens.training.settings import SettingsError, TrainSettings, make_settings

__all__ = ["Candidate", "Choices", "Range", "Space", "propose", "read_space"]

NOT_SEARCHED = {
    "data",
    "device",
    "held_out",
    "held_out_from",
    "method",
    "name",
    "output",
    "resume",
    "review_accuracy",
    "scheme",
    "seed",
    "split",
    "split_by",
    "test",
    "test_share",
    "texts",
    "tracking",
    "version",
}
"""Settings that do not decide how good a model is, or with which the score is of something else."""

ATTEMPTS = 20
"""How often Optuna is asked again where it suggests what was tried already."""

Candidate: TypeAlias = dict[str, Any]
"""Values of the searched settings, as YAML and JSON hold them."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that a setting may have."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A setting's lowest and highest value, even on a logarithmic scale where ``log`` is True."""

    low: float
    high: float
    log: bool
    whole: bool


Space: TypeAlias = dict[str, Choices | Range]
"""What each searched setting may be."""


def read_space(content: Any, settings: Mapping[str, Any], place: str) -> Space:
    """A space as ``search`` in a settings file holds it.

    A list has values to choose from; ``{low, high, log}`` is a range of numbers.

    Args:
        content: the mapping that stands there.
        settings: the other settings, with which each value must agree.
        place: what begins every message.

    Raises:
        SettingsError: a setting is unknown or not for searching, or a value of it is wrong.
    """
    if not isinstance(content, Mapping) or not content:
        raise SettingsError(f"{place}: expected lists or ranges as 'name: [value, value]' lines")
    kinds = typing.get_type_hints(TrainSettings)
    known = sorted(kinds.keys() - NOT_SEARCHED)
    space: Space = {}
    for name, entry in content.items():
        if name not in known:
            raise SettingsError(f"{place}: {name!r} cannot be searched: use {one_of(known)}")
        space[name] = _dimension(entry, kinds[name], f"{place}.{name}")
        for value in _ends(space[name]):
            make_settings({**settings, name: value}, f"{place}.")
    return space


def propose(
    space: Space, tried: Sequence[tuple[Candidate, float]], trials: int, seed: int
) -> Candidate | None:
    """What to try next; None where everything was.

    The grid of all combinations one after the other, where they are at most so many as the
    trials; else what Optuna's tree-structured Parzen estimator (Bergstra et al. 2011) suggests.
    The same candidates and scores give the same proposal.

    Args:
        space: to search.
        tried: candidates and their scores.
        trials: how many there may be in all.
        seed: of the suggestions.

    Raises:
        SettingsError: the grid is larger, and Optuna is not installed.
    """
    size = _size(space)
    if size > trials:
        return _suggest(space, tried, seed, f"{size:,} combinations" if size < math.inf else "")
    known = [candidate for candidate, _ in tried]
    names = list(space)
    grid = itertools.product(*(_ends(space[name]) for name in names))
    candidates = (dict(zip(names, values, strict=True)) for values in grid)
    return next((each for each in candidates if each not in known), None)


def _dimension(entry: Any, kind: Any, place: str) -> Choices | Range:
    if isinstance(entry, list) and entry:
        return Choices(tuple(entry))
    if not isinstance(entry, Mapping) or not {"low", "high"} <= entry.keys() <= _RANGE:
        raise SettingsError(f"{place}: expected [value, value] or {{low: …, high: …, log: true}}")
    if kind not in (int, float):
        raise SettingsError(f"{place}: is no number, so it needs a list and no range")
    try:
        low, high = kind(entry["low"]), kind(entry["high"])
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{place}: low and high must be numbers") from error
    log = entry.get("log", False)
    if not isinstance(log, bool):
        raise SettingsError(f"{place}.log: expected true or false, found {log!r}")
    if not low < high or (log and low <= 0):
        raise SettingsError(f"{place}: low must be below high{', and above 0' if log else ''}")
    return Range(low, high, log, kind is int)


_RANGE = {"low", "high", "log"}


def _ends(dimension: Choices | Range) -> tuple[Any, ...]:
    """All choices, or both ends of a range."""
    if isinstance(dimension, Choices):
        return dimension.values
    return dimension.low, dimension.high


def _size(space: Space) -> float:
    """How many combinations there are."""
    return math.prod(
        len(each.values) if isinstance(each, Choices) else math.inf for each in space.values()
    )


def _suggest(
    space: Space, tried: Sequence[tuple[Candidate, float]], seed: int, many: str
) -> Candidate | None:
    try:
        import optuna
    except ModuleNotFoundError as error:
        advice = f", or search all {many} with --trials" if many else ""
        raise SettingsError(
            f"search: needs Optuna: pip install 'framelens[sweep]'{advice}"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _distribution(each) for name, each in space.items()}
    # Made anew each time, so that a sweep that was interrupted goes on as if it had not been.
    sampler = optuna.samplers.TPESampler(seed=seed + len(tried))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for candidate, score in tried:
        study.add_trial(
            optuna.trial.create_trial(
                params={name: _parameter(space[name], candidate[name]) for name in space},
                distributions=distributions,
                value=score,
            )
        )
    known = [candidate for candidate, _ in tried]
    for _ in range(ATTEMPTS):
        parameters = study.ask(distributions).params
        candidate = {name: _value(space[name], parameters[name]) for name in space}
        if candidate not in known:
            return candidate
    return None


def _distribution(dimension: Choices | Range) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(dimension, Choices):
        return CategoricalDistribution(range(len(dimension.values)))
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _parameter(dimension: Choices | Range, value: Any) -> Any:
    """What Optuna calls a value: a choice by its position."""
    return dimension.values.index(value) if isinstance(dimension, Choices) else value


def _value(dimension: Choices | Range, parameter: Any) -> Any:
    """The value of Optuna's parameter, with as many digits as matter."""
    if isinstance(dimension, Choices):
        return dimension.values[parameter]
    if dimension.whole:
        return int(parameter)
    return min(max(float(f"{parameter:.3g}"), dimension.low), dimension.high)
