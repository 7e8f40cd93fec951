"""The web page: a few files without a build, served by name."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

__all__ = ["FILES", "page_routes"]

FOLDER = Path(__file__).parent / "page"

FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
"""Everything that is served, by path: file and media type."""

HEADERS = {
    # Nothing from outside, nothing inline, and in nobody's frame.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # The files belong to one version of the service, so a copy is never used unasked.
    "cache-control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """A route for each file of the page."""
    return [_route(path, name, media_type) for path, (name, media_type) in FILES.items()]


def _route(path: str, name: str, media_type: str) -> Route:
    content = (FOLDER / name).read_bytes()

    async def serve_file(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=HEADERS)

    return Route(path, serve_file)
