"""What of a service is open to whom, as a deployment chooses."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CORS_EXPOSED", "CORS_HEADERS", "CORS_METHODS", "Exposure"]

CORS_METHODS = ("GET", "POST", "DELETE")
CORS_HEADERS = (
    "authorization",
    "idempotency-key",
    "x-goog-api-key",
    "x-request-id",
    "x-request-timeout",
)
"""What a page from elsewhere may send, beside what every page may."""

CORS_EXPOSED = (
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "server-timing",
    "x-framelens-decision",
    "x-framelens-model",
    "x-request-id",
)
"""What such a page may read of the answer's headers."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Whether keys are demanded, the page is served, and which other origins' pages may call.

    ``page`` None serves it where no keys are demanded.
    """

    keys: bool = False
    page: bool | None = None
    cors: tuple[str, ...] = ()

    @property
    def has_page(self) -> bool:
        """Whether the page is served."""
        return not self.keys if self.page is None else self.page
