"""Tests that take minutes, which run only when they are asked for."""

from __future__ import annotations

import os

import pytest

slow = pytest.mark.skipif("FRAMELENS_SLOW" not in os.environ, reason="slow: set FRAMELENS_SLOW")
