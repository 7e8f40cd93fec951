"""Labelled data of any kind: tables with any columns, data sets, exports of annotation tools.

:func:`read_intake` reads them without a scheme, makes one of the labels that it finds, and
names everything wrong by file, row and column; :func:`find_out` says what they are like.
"""

from __future__ import annotations

from framelens.data.intake.findings import Conflict, Findings, find_out
from framelens.data.intake.keys import SplitKeys
from framelens.data.intake.reading import Choices, Intake, Source, read_intake

__all__ = [
    "Choices",
    "Conflict",
    "Findings",
    "Intake",
    "Source",
    "SplitKeys",
    "find_out",
    "read_intake",
]
