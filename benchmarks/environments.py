"""Environments of the peers: one for each requirements file, since their pins clash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

__all__ = ["MissingError", "install", "pinned_versions", "python_of"]

HERE = Path(__file__).parent
FOLDER = HERE.parent / ".venv-bench"
REQUIREMENTS = HERE / "peers" / "requirements"


class MissingError(Exception):
    """Something to compare with is not there; the message says why."""


def install(but: Collection[str] = (), only: Collection[str] = ()) -> None:
    """Make every environment that is not there yet or whose requirements have changed.

    One that cannot be installed keeps the reason, and is tried again the next time.

    Args:
        but: environments to leave alone.
        only: where given, leave all others alone.
    """
    for requirements in sorted(REQUIREMENTS.glob("*.txt")):
        if requirements.stem in but or (only and requirements.stem not in only):
            continue
        folder = FOLDER / requirements.stem
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
        stamp = folder / "installed"
        if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
            continue
        print(f"installing {requirements.stem}", flush=True)
        reason = _install(folder, requirements)
        (folder / "failed").write_text(reason, encoding="utf-8")
        if not reason:
            stamp.write_text(digest, encoding="utf-8")


def python_of(environment: str) -> Path:
    """The interpreter of a peer's environment.

    Raises:
        MissingError: it is not installed.
    """
    folder = FOLDER / environment
    if not (folder / "installed").exists():
        failed = folder / "failed"
        reason = failed.read_text(encoding="utf-8") if failed.exists() else "not installed"
        raise MissingError(reason)
    return folder / "bin" / "python"


def pinned_versions(environment: str) -> dict[str, str]:
    """The versions that the requirements pin, by package."""
    lines = (REQUIREMENTS / f"{environment}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def _install(folder: Path, requirements: Path) -> str:
    """The reason why it could not be done, or nothing."""
    pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    commands: list[Sequence[str | Path]] = [
        (sys.executable, "-m", "venv", "--clear", folder),
        (*pip, "install", "--quiet", "--requirement", requirements),
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return (errors or done.stderr.splitlines() or ["no reason given"])[-1]
    return ""
