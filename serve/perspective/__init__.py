"""The request and answer shape of Google's Perspective API, with our labels as attributes."""

from framelens.serve.perspective.attributes import describe_attributes
from framelens.serve.perspective.errors import problem_error
from framelens.serve.perspective.routes import router

__all__ = ["describe_attributes", "problem_error", "router"]
