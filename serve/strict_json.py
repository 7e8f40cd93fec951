"""JSON of which every parser makes the same: with no name twice in an object.

RFC 8259 leaves open which of two members with one name counts, and parsers differ. What stands
before the service might have judged another text than the one that is scored here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from framelens.serve.problems import Problem

__all__ = ["JsonRoute", "parse_json"]


def parse_json(content: bytes | str, whole: str = "the body") -> Any:
    """Parse JSON.

    Args:
        content: what is to be parsed.
        whole: what it is called.

    Raises:
        Problem: it is no JSON, in no encoding of JSON, nests too deeply, has a number that is too
            long, or an object with a name twice.
    """
    try:
        return json.loads(content, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        detail = f"{whole} stops being JSON at character {error.pos}"
    except (ValueError, RecursionError):
        detail = f"{whole} is not JSON in UTF-8, or nests too deeply"
    raise Problem("invalid_json", detail)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise Problem("invalid_json", "an object has two members with the same name")
    return content


class _JsonRequest(Request):
    async def json(self) -> Any:
        """The body, parsed."""
        return parse_json(await self.body())


class JsonRoute(APIRoute):
    """A route whose body is parsed by :func:`parse_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, which gets such requests."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return strict
