"""The store of the app that got a request."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends

from framelens.serve.service import AppService
from framelens.serve.store.store import Store

__all__ = ["AppStore"]


async def _store(service: AppService) -> Store:
    # Without one, the routes that ask for it are closed.
    return cast(Store, service.store)


AppStore = Annotated[Store, Depends(_store)]
"""The store of the app that got the request."""
