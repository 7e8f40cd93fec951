"""The texts that stand-off annotations are about, from where they are public.

Nothing is taken for a text but what has the sha256 that an annotation names, so that a source
need not know which of its rows or files became which document.
"""

from __future__ import annotations

from framelens.data.fetching.fetch import Fetched, fetch_texts, write_found
from framelens.data.fetching.sources import Source, read_sources

__all__ = ["Fetched", "Source", "fetch_texts", "read_sources", "write_found"]
