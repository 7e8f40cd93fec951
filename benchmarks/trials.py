"""Results of trainings that take minutes each: kept as they come, and never measured twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.report import write_whole

__all__ = ["NotMeasuredError", "Trials"]

Result = Mapping[str, Any]


class NotMeasuredError(Exception):
    """A trial was not measured yet, and shall not be now."""


class Trials:
    """What was measured so far, in a JSON file, by what each trial is made of.

    Args:
        path: the file, which may not exist yet.
        measures: whether what is missing is measured.
    """

    def __init__(self, path: Path, *, measures: bool = True) -> None:
        self._path = path
        self._measures = measures
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.kept: list[dict[str, Any]] = kept.get("trials", [])
        """All trials so far, each with what it is made of and its result."""

    def result(
        self,
        made_of: Mapping[str, Any],
        measure: Callable[[], Result],
        known: Mapping[str, Any] | None = None,
    ) -> Result:
        """The result of a trial: the kept one, or else measured and kept at once.

        Args:
            made_of: what decides the result.
            measure: makes the result.
            known: what the result has to say; a kept one that says something else is outdated.

        Raises:
            NotMeasuredError: none is kept, and nothing is measured.
        """
        # As JSON holds it, so that what was read compares with what is asked for.
        key = json.loads(json.dumps(made_of))
        trial = next(
            (
                each
                for each in self.kept
                if each["made_of"] == key and (known or {}).items() <= each["result"].items()
            ),
            None,
        )
        if trial is None:
            if not self._measures:
                raise NotMeasuredError
            print(json.dumps(key), flush=True)
            trial = {"made_of": key, "result": dict(measure())}
            self.kept.append(trial)
            self._write()
        result: Result = trial["result"]
        return result

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"trials": self.kept}, indent=2, ensure_ascii=False)
        write_whole(self._path, text + "\n")
