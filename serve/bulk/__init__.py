"""Bulk scoring: files of any size in, labelled rows out, without ever starting over."""

from __future__ import annotations
