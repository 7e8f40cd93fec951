"""Keys in the OpenAPI document of a service that demands them."""

from __future__ import annotations

from typing import Any

from framelens.serve.access.gate import HEALTH, ROUTES, is_perspective
from framelens.serve.openapi import problem_responses
from framelens.serve.problems import MEDIA_TYPE

__all__ = ["CODES", "describe_keys"]

CODES = ("unauthenticated", "forbidden", "rate_limited", "quota_exceeded")
"""The problems of requests whose key is missing, or does not open so much."""


def describe_keys(document: dict[str, Any]) -> None:
    """Add keys, and the problems that come with them, to an app's document."""
    document["components"]["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key that `framelens keys create` has made.",
        }
    }
    for path, operations in document["paths"].items():
        if path in HEALTH:
            continue
        for method, operation in operations.items():
            scope = ROUTES.get(path, {}).get(method.upper())
            operation["security"] = [{"key": [scope] if scope else []}]
            # Those of Perspective's shape have one description for every error.
            if not is_perspective(path):
                _add_problems(operation["responses"])


def _add_problems(responses: dict[str, Any]) -> None:
    for status, added in problem_responses(*CODES).items():
        known = responses.setdefault(str(status), added)
        if known is not added:
            known["description"] += f"; {added['description']}"
            examples = added["content"][MEDIA_TYPE]["examples"]
            known["content"][MEDIA_TYPE]["examples"] |= examples
