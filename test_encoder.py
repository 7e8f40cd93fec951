"""What scored chunks become: lines, tables, Parquet, errors and counts."""

from __future__ import annotations
