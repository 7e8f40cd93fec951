"""JSON into the types of answers; fields that are not known are passed over."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from framelens.client.errors import AnswerError

__all__ = ["decode", "decode_json"]

Answer = TypeVar("Answer")


def decode_json(kind: type[Answer], content: bytes) -> Answer:
    """The answer in a body.

    Raises:
        AnswerError: it is not JSON, or not the JSON of such an answer.
    """
    try:
        parsed = json.loads(content)
    except ValueError:
        raise AnswerError("the answer is not JSON; is this address the service's?") from None
    return decode(kind, parsed)


def decode(kind: type[Answer], content: Any) -> Answer:
    """The answer in parsed JSON.

    Raises:
        AnswerError: a field is missing or of another type; the message says where.
    """
    return cast(Answer, _value(kind, content, ""))


def _value(kind: Any, content: Any, place: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if content is None else _value(_not_none(arguments), content, place)
    if origin is list:
        items = enumerate(_of_type(list, content, place))
        return [_value(arguments[0], item, f"{place}/{number}") for number, item in items]
    if origin is dict:
        named = _of_type(dict, content, place).items()
        return {name: _value(arguments[1], item, f"{place}/{name}") for name, item in named}
    if is_dataclass(kind):
        return _object(cast(Any, kind), _of_type(dict, content, place), place)
    if kind is UUID:
        return _uuid(_of_type(str, content, place), place)
    if kind is float and type(content) is int:
        return float(content)
    return _of_type(kind, content, place)


def _object(kind: Any, content: dict[str, Any], place: str) -> Any:
    values = {}
    for name, hint, is_needed in _fields(kind):
        if name in content:
            values[name] = _value(hint, content[name], f"{place}/{name}")
        elif is_needed:
            raise AnswerError(f"the answer has no {place}/{name}")
    return kind(**values)


@cache
def _fields(kind: Any) -> list[tuple[str, Any, bool]]:
    hints = get_type_hints(kind)
    return [
        (each.name, hints[each.name], each.default is each.default_factory is MISSING)
        for each in fields(kind)
    ]


def _not_none(kinds: tuple[Any, ...]) -> Any:
    [kind] = (each for each in kinds if each is not NoneType)
    return kind


def _of_type(kind: type[Answer], content: Any, place: str) -> Answer:
    if type(content) is not kind:
        raise AnswerError(f"the answer has no {kind.__name__} at {place or 'its root'}")
    return content


def _uuid(content: str, place: str) -> UUID:
    try:
        return UUID(content)
    except ValueError:
        raise AnswerError(f"the answer has no UUID at {place}") from None
