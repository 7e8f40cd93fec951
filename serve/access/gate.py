"""Which scope opens which route. What is not listed here is open to nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args

from starlette.routing import compile_path

from framelens.serve.problems import Problem

__all__ = ["HEALTH", "ROUTES", "SCOPES", "Gate", "Methods", "Scope", "is_perspective"]

Scope: TypeAlias = Literal["score", "feedback", "jobs", "metrics", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
"""What a key may have: to score texts; to give feedback and work on the review queue; to run jobs;
to read the metrics; to change models, to read the audit log and to erase."""

Methods: TypeAlias = Mapping[str, Scope | None]
"""The scope that each method of a path asks for; None where any key will do."""

HEALTH = frozenset({"/livez", "/readyz"})
"""What is open to everybody."""

ROUTES: Mapping[str, Methods] = {
    "/openapi.json": {"GET": None},
    "/v1/info": {"GET": None},
    "/metrics": {"GET": "metrics"},
    "/v1/classify": {"POST": "score"},
    "/v1/classify:stream": {"POST": "score"},
    "/$discovery/rest": {"GET": None},
    "/v1alpha1/comments:analyze": {"POST": "score"},
    "/v1alpha1/comments:suggestscore": {"POST": "feedback"},
    "/v1/feedback": {"POST": "feedback"},
    "/v1/reviews": {"GET": "feedback"},
    "/v1/reviews/{id}": {"GET": "feedback"},
    "/v1/reviews/{id}/claim": {"POST": "feedback"},
    "/v1/reviews/{id}/decide": {"POST": "feedback"},
    "/v1/reviews/{id}/appeal": {"POST": "feedback"},
    "/v1/jobs": {"POST": "jobs"},
    "/v1/jobs/{id}": {"GET": "jobs", "DELETE": "jobs"},
    "/v1/jobs/{id}/result": {"GET": "jobs"},
    "/v1/models": {"GET": "admin", "POST": "admin"},
    "/v1/models/{model}": {"DELETE": "admin"},
    "/v1/models:shadow": {"GET": "admin", "POST": "admin", "DELETE": "admin"},
    "/v1/models:promote": {"POST": "admin"},
    "/v1/models:rollback": {"POST": "admin"},
    "/v1/audit": {"GET": "admin"},
    "/v1/texts": {"DELETE": "admin"},
}
"""The methods of every path that is not open, as the routes write it."""


def is_perspective(path: str) -> bool:
    """Whether a path is one of Perspective's shape, which has its own ways of giving a key."""
    return path.startswith(("/v1alpha1/", "/$discovery/"))


class Gate:
    """Decides by the table of routes, and refuses whatever is not in it.

    Args:
        open_paths: what is open to everybody beside the health checks.
    """

    def __init__(self, open_paths: Collection[str] = ()) -> None:
        self._open = HEALTH.union(open_paths)
        self._exact = {path: methods for path, methods in ROUTES.items() if "{" not in path}
        self._patterns = [
            (compile_path(path)[0], methods) for path, methods in ROUTES.items() if "{" in path
        ]

    def is_open(self, path: str) -> bool:
        """Whether no key is asked for."""
        return path in self._open

    def check(self, method: str, path: str, scopes: Collection[Scope]) -> None:
        """Refuse a request that these scopes do not open.

        Raises:
            Problem: a scope is missing, or there is no such path or method.
        """
        methods = self._methods(path)
        if methods is None:
            raise Problem("not_found", "the paths are listed in /openapi.json")
        if method == "HEAD" and "GET" in methods:
            method = "GET"
        if method not in methods:
            detail = "the methods of each path are listed in /openapi.json"
            raise Problem("method_not_allowed", detail, headers={"allow": ", ".join(methods)})
        scope = methods[method]
        if scope is not None and scope not in scopes:
            raise Problem("forbidden", f"the key lacks the scope '{scope}'")

    def _methods(self, path: str) -> Methods | None:
        if path in self._exact:
            return self._exact[path]
        return next((methods for regex, methods in self._patterns if regex.match(path)), None)
