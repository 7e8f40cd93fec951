"""What counts as what in a request."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from framelens.serve.requests import WHOLE

ADAPTER = TypeAdapter(Annotated[int, Field(le=7), WHOLE], config={"strict": True})


@pytest.mark.parametrize("value", [7, 7.0])
def test_whole_numbers(value: float):
    number = ADAPTER.validate_python(value)
    assert (number, type(number)) == (7, int)
    assert ADAPTER.json_schema() == {"type": "integer", "maximum": 7}


@pytest.mark.parametrize("value", [8.0, 6.5, "7", True, None, float("inf"), float("nan")])
def test_what_is_no_whole_number(value: Any):
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(value)
