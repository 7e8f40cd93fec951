"""The web pages: a few files without a build, served by name."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

__all__ = ["DOCUMENTS", "FILES", "FOLDER", "page_routes"]

FOLDER = Path(__file__).parent / "page"

DOCUMENTS = {"/": "text.html", "/review": "review.html"}
"""The pages: for a text, and for the review queue."""

MEDIA_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}

FILES = DOCUMENTS | {
    f"/page/{path.name}": path.name for path in sorted(FOLDER.iterdir()) if path.suffix != ".html"
}
"""Everything that is served, by path. None of it has anybody's data in it."""

HEADERS = {
    # Nothing from outside, nothing inline, and in nobody's frame; markup is never made of text.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # The files belong to one version of the service, so a copy is never used unasked.
    "cache-control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """A route for each file of the pages."""
    return [_route(path, FOLDER / name) for path, name in FILES.items()]


def _route(path: str, file: Path) -> Route:
    content, media_type = file.read_bytes(), MEDIA_TYPES[file.suffix]

    async def serve_file(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=HEADERS)

    return Route(path, serve_file)
