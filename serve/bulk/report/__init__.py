"""What scored files say, on one page: labels over time and by source, and what needs review."""

from __future__ import annotations
