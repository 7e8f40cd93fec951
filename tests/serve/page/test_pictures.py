"""The pictures in the README; ``FRAMELENS_PICTURES=docs`` makes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Opening = Callable[..., Any]

WIDE = {"viewport": {"width": 1240, "height": 1180}, "device_scale_factor": 1.25}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}


@pytest.mark.parametrize(
    ("name", "display"),
    [
        ("page", {**WIDE, "color_scheme": "light"}),
        ("page-dark", {**WIDE, "color_scheme": "dark"}),
        ("page-phone", {**PHONE, "color_scheme": "light"}),
    ],
)
def test_the_text(
    opening: Opening,
    labelling: Any,
    desk: str,
    article: str,
    pictures: Path,
    name: str,
    display: dict[str, Any],
):
    page = opening(desk, **display)
    page.wait_for_selector("#legend li")
    marks = labelling(page, article)
    marks.filter(has_text="bare hands").click()
    page.click("[name=evidence]")
    page.wait_for_selector(".evidence li")
    if name != "page-phone":
        page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / f"{name}.png")
    assert (pictures / f"{name}.png").stat().st_size > 20_000


def test_the_queue(opening: Opening, labelling: Any, desk: str, article: str, pictures: Path):
    page = opening(desk, **WIDE, color_scheme="light")
    page.wait_for_selector("#legend li")
    labelling(page, article)
    page.goto(f"{desk}/review")
    page.locator("#queue button").last.click()
    page.fill("#reviewer", "ada")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Claim it").click()
    page.wait_for_selector("#item select")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / "review.png")
    assert (pictures / "review.png").stat().st_size > 20_000
