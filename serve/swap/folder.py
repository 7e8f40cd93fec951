"""The folder from which a running service may load artefacts, by name alone."""

from __future__ import annotations

import os.path
from pathlib import Path

from framelens.model import Artefact, FramelensError, FramingClassifier
from framelens.model.artefact import MANIFEST
from framelens.model.engines import load_engine
from framelens.serve.problems import FieldProblem, Problem

__all__ = ["ModelsFolder"]


class ModelsFolder:
    """Artefacts in sub-folders of one folder, and the engine that they are loaded into.

    Args:
        folder: what holds the sub-folders.
        engine: as ``framelens serve --engine`` takes it.
        precision: as ``framelens serve --precision`` takes it.

    Raises:
        FramelensError: there is no such folder.
    """

    def __init__(self, folder: Path, engine: str = "auto", precision: str = "auto") -> None:
        if not folder.is_dir():
            raise FramelensError(f"--models-folder: {folder}: there is no such folder")
        self._folder = folder.resolve()
        self._engine = engine
        self._precision = precision

    def names(self) -> list[str]:
        """The sub-folders that hold an artefact, and nothing that lies elsewhere."""
        try:
            return sorted(path.name for path in self._folder.iterdir() if self._holds(path))
        except OSError:  # the folder is gone
            return []

    def read(self, name: str) -> Artefact:
        """An artefact, verified.

        Raises:
            Problem: there is none of that name, or it is incomplete or changed.
        """
        names = self.names()
        # What is no name of these is never made part of a path.
        if name not in names:
            detail = f"the folder's artefacts are {', '.join(names)}" if names else "there is none"
            raise Problem(
                "unknown_artefact", detail, [FieldProblem(pointer="/name", detail=detail)]
            )
        try:
            return Artefact.load(self._folder / name)
        except (FramelensError, OSError) as error:
            raise self._unfit(error) from None

    def classifier(self, artefact: Artefact) -> FramingClassifier:
        """The classifier of an artefact, which takes seconds.

        Raises:
            Problem: the engine cannot run it.
        """
        try:
            engine = load_engine(artefact.folder, self._engine, self._precision)
            return FramingClassifier(artefact, engine)
        except (FramelensError, OSError) as error:
            raise self._unfit(error) from None

    def _holds(self, path: Path) -> bool:
        try:
            # A name that is not printable need not be text.
            is_artefact = path.name.isprintable() and (path / MANIFEST).is_file()
            return is_artefact and all(map(self._is_inside, (path, *path.iterdir())))
        except OSError:  # a folder that it may not enter
            return False

    def _is_inside(self, path: Path) -> bool:
        """Whether something lies in the folder, wherever links may lead."""
        return Path(os.path.realpath(path)).is_relative_to(self._folder)

    def _unfit(self, error: Exception) -> Problem:
        # Where the folder lies is nobody's business.
        return Problem("unfit_artefact", str(error).replace(f"{self._folder}/", ""))
