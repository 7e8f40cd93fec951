"""What the JSON messages of the service have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Message"]


class Message(BaseModel):
    """A message whose fields are described by the docstrings under them."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)
