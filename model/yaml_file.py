"""YAML files that people write: schemes and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from framelens.model.errors import FramelensError

__all__ = ["read_yaml"]


def read_yaml(path: Path, what: str, error_type: type[FramelensError]) -> Any:
    """The content of a YAML file.

    Args:
        path: the file, in UTF-8.
        what: what the message calls its content.
        error_type: what is raised where the file cannot be read or is not YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise error_type(f"{path}: cannot read the {what}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise error_type(f"{path}: not a YAML file: {error}") from error
