"""What a deployment remembers: feedback, doubtful decisions, an audit log, and texts if it must."""

from __future__ import annotations

from framelens.serve.store.database import StoreError
from framelens.serve.store.store import Policy, Store

__all__ = ["Policy", "Store", "StoreError"]
