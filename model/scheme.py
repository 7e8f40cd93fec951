"""Label schemes: the leaf classes that a network predicts and the public labels they fold into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import yaml

from framelens.model.calibration import sigmoid, softmax
from framelens.model.errors import SchemeError, one_of
from framelens.model.yaml_file import read_yaml

__all__ = ["SEPARATOR", "Label", "Leaf", "Scheme"]

SEPARATOR = "|"
"""What stands between the labels of a sentence that may have several, as in ``angry|sad``."""

Kind = TypeVar("Kind", "Label", "Leaf")
Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Label:
    """A public label: what a reader of the answer sees."""

    name: str
    definition: str = ""


@dataclass(frozen=True)
class Leaf:
    """A class the network predicts.

    ``label`` is the public label it folds into. ``frame`` names what stands inside that
    label, where a label has several leaves; ``code`` is the annotators' shorthand.
    """

    name: str
    label: str
    frame: str | None = None
    code: str | None = None
    definition: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """A label set, as data: nothing else in the package knows the names in it.

    A sentence has one label, or, where the scheme is ``multi_label``, any number of them or
    none: each is a yes or no of its own, and its own leaf.
    """

    name: str
    version: str
    labels: tuple[Label, ...]
    leaves: tuple[Leaf, ...]
    description: str = ""
    multi_label: bool = False

    @classmethod
    def from_file(cls, path: str | Path) -> Scheme:
        """Read a scheme from YAML.

        Raises:
            SchemeError: the file is missing, is not YAML, or contradicts itself.
        """
        content = read_yaml(Path(path), "scheme", SchemeError)
        return cls.from_dict(content, source=str(path))

    @classmethod
    def from_dict(cls, content: Any, source: str = "scheme") -> Scheme:
        """Build a scheme from the mapping a scheme file holds.

        Without ``leaves``, every label is its own leaf. ``source`` names the origin in errors.

        Raises:
            SchemeError: a field is missing, unknown or contradicts another.
        """
        optional = ("version", "description", "multi_label", "leaves")
        fields = _fields(content, source, ("name", "labels"), optional)
        labels = [
            _entry(Label, name, entry, f"{source}: labels.{name}", ())
            for name, entry in _mapping(fields["labels"], f"{source}: labels").items()
        ]
        leaves = [
            _entry(Leaf, name, entry, f"{source}: leaves.{name}", ("label",))
            for name, entry in _mapping(fields.get("leaves", {}), f"{source}: leaves").items()
        ] or [Leaf(label.name, label.name, definition=label.definition) for label in labels]
        scheme = cls(
            str(fields["name"]),
            str(fields.get("version", "1")),
            tuple(labels),
            tuple(leaves),
            str(fields.get("description", "")),
            _truth(fields.get("multi_label", False), f"{source}: multi_label"),
        )
        _check(scheme, source)
        return scheme

    def to_dict(self) -> dict[str, Any]:
        """The mapping that :meth:`from_dict` reads."""
        return {
            "name": self.name,
            "version": self.version,
            "description": self.description,
            **({"multi_label": True} if self.multi_label else {}),
            "labels": {label.name: {"definition": label.definition} for label in self.labels},
            "leaves": {leaf.name: _leaf_entry(leaf) for leaf in self.leaves},
        }

    def save(self, path: str | Path) -> None:
        """Write the scheme as YAML."""
        text = yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True, width=100)
        Path(path).write_text(text, encoding="utf-8")

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """The public labels, in the scheme's order."""
        return tuple(label.name for label in self.labels)

    @cached_property
    def leaf_names(self) -> tuple[str, ...]:
        """The leaves, in the order of the network's outputs."""
        return tuple(leaf.name for leaf in self.leaves)

    @cached_property
    def folding(self) -> npt.NDArray[np.float64]:
        """Zeros and ones, ``[leaves, labels]``: which leaf belongs to which public label."""
        matrix = np.zeros((len(self.leaves), len(self.labels)))
        for row, leaf in enumerate(self.leaves):
            matrix[row, self.label_names.index(leaf.label)] = 1.0
        return matrix

    def fold(self, leaf_probabilities: Array) -> Array:
        """Sum leaf probabilities ``[..., leaves]`` into label probabilities ``[..., labels]``."""
        return np.asarray(leaf_probabilities @ self.folding)

    def probabilities(self, logits: Array, temperature: float = 1.0) -> npt.NDArray[np.float64]:
        """Probabilities of the leaves from the network's logits ``[..., leaves]``.

        They sum to one, or, where the scheme is multi-label, are each of its own.
        """
        return (sigmoid if self.multi_label else softmax)(logits, temperature)

    def leaf_indices(self, label: str) -> tuple[int, ...]:
        """The positions of the leaves that a sentence's label names, in order.

        It is one, or, where the scheme is multi-label, as many as stand in ``angry|sad``, and
        none in an empty text.

        Raises:
            SchemeError: the scheme has no such leaf, or one is named twice.
        """
        if not self.multi_label:
            return (self.leaf_index(label),)
        names = label.split(SEPARATOR) if label.strip() else []
        positions = sorted(self.leaf_index(name.strip()) for name in names)
        if len({*positions}) < len(positions):
            raise SchemeError(f"{label!r} names a label twice")
        return tuple(positions)

    def indicators(self, label: str) -> npt.NDArray[np.float64]:
        """Zeros and ones ``[leaves]``: which leaves a sentence's label names."""
        marks = np.zeros(len(self.leaves))
        marks[list(self.leaf_indices(label))] = 1.0
        return marks

    def leaf_label(self, label: str) -> str:
        """A sentence's label by the names of its leaves, in the scheme's order.

        Raises:
            SchemeError: the scheme has no such leaf, or one is named twice.
        """
        return SEPARATOR.join(self.leaf_names[index] for index in self.leaf_indices(label))

    def leaf_index(self, name: str) -> int:
        """The position of the leaf with this name or annotators' code.

        Raises:
            SchemeError: the scheme has no such leaf; the message lists those it has.
        """
        try:
            return self._positions[name]
        except KeyError:
            allowed = one_of(self._positions)
            raise SchemeError(f"unknown label {name!r}: {self.name!r} knows {allowed}") from None

    @cached_property
    def _positions(self) -> dict[str, int]:
        names = {leaf.name: index for index, leaf in enumerate(self.leaves)}
        codes = {leaf.code: index for index, leaf in enumerate(self.leaves) if leaf.code}
        return names | codes


def _leaf_entry(leaf: Leaf) -> dict[str, Any]:
    entry: dict[str, Any] = {"label": leaf.label}
    if leaf.frame is not None:
        entry["frame"] = leaf.frame
    if leaf.code is not None:
        entry["code"] = leaf.code
    return entry | {"definition": leaf.definition, "examples": list(leaf.examples)}


def _mapping(content: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise SchemeError(f"{place}: expected a mapping, found {type(content).__name__}")
    if unnamed := [key for key in content if not isinstance(key, str)]:
        raise SchemeError(f"{place}: {unnamed[0]!r} is not text; put it in quotation marks")
    return content


def _fields(
    content: Any, place: str, required: tuple[str, ...], optional: tuple[str, ...]
) -> Mapping[str, Any]:
    fields = _mapping(content, place)
    for name in fields:
        if name not in required + optional:
            known = one_of(required + optional)
            raise SchemeError(f"{place}: unknown field {name!r}; known are {known}")
    given = {name: value for name, value in fields.items() if value is not None}
    for name in required:
        if name not in given:
            raise SchemeError(f"{place}: field {name!r} is missing")
    return given


def _entry(
    kind: type[Kind], name: str, content: Any, place: str, required: tuple[str, ...]
) -> Kind:
    known = kind.__dataclass_fields__
    optional = tuple(field for field in known if field not in ("name", *required))
    fields = dict(_fields(content if content is not None else {}, place, required, optional))
    if "examples" in fields:
        fields["examples"] = _texts(fields["examples"], f"{place}.examples")
    for field, value in fields.items():
        if field != "examples" and not isinstance(value, str):
            found = type(value).__name__
            raise SchemeError(f"{place}.{field}: expected text, found {found}")
    return kind(name=name, **fields)


def _texts(content: Any, place: str) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(text, str) for text in content):
        raise SchemeError(f"{place}: expected a list of texts")
    return tuple(content)


def _truth(content: Any, place: str) -> bool:
    if not isinstance(content, bool):
        raise SchemeError(f"{place}: expected true or false, found {content!r}")
    return content


def _check(scheme: Scheme, source: str) -> None:
    if len(scheme.labels) < (1 if scheme.multi_label else 2):
        least = "one label" if scheme.multi_label else "two labels"
        raise SchemeError(f"{source}: labels: a scheme needs at least {least}")
    for leaf in scheme.leaves:
        if leaf.label not in scheme.label_names:
            allowed = one_of(scheme.label_names)
            raise SchemeError(
                f"{source}: leaves.{leaf.name}.label: {leaf.label!r} is not a label; use {allowed}"
            )
    for label in scheme.label_names:
        if not any(leaf.label == label for leaf in scheme.leaves):
            raise SchemeError(f"{source}: labels.{label}: no leaf folds into this label")
    keys = [key for leaf in scheme.leaves for key in {leaf.name, leaf.code} if key]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise SchemeError(f"{source}: leaves: {sorted(twice)[0]!r} names two leaves")
    if scheme.multi_label:
        _check_multi_label(scheme, source)


def _check_multi_label(scheme: Scheme, source: str) -> None:
    for label in scheme.label_names:
        if sum(leaf.label == label for leaf in scheme.leaves) > 1:
            raise SchemeError(
                f"{source}: labels.{label}: two leaves fold into this label; where multi_label is "
                "true, each label has one"
            )
    for name in [*scheme.label_names, *scheme._positions]:
        if SEPARATOR in name or not name.strip():
            raise SchemeError(
                f"{source}: {name!r} cannot be a name where multi_label is true: "
                f"{SEPARATOR!r} stands between the labels of a sentence"
            )
