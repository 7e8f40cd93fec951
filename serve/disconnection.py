"""Work for a client that hangs up is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

__all__ = ["unless_gone"]

Result = TypeVar("Result")


async def unless_gone(connection: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work for a request whose body is read, unless its client goes before the end.

    Raises:
        ClientDisconnect: the client is gone, and the work cancelled.
    """
    task = asyncio.ensure_future(work)
    # With its body read, nothing else comes of a request but its end.
    gone = asyncio.ensure_future(connection.receive())
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
