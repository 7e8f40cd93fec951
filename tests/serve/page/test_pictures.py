"""The pictures in the README; ``FRAMELENS_PICTURES=docs`` makes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

Opening = Callable[..., Any]

WIDE = {"viewport": {"width": 1240, "height": 1180}, "device_scale_factor": 1.25}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}


POSTS = [
    "They took our orchards and fenced in the wells. Nobody came to help us.",
    "The ministry says the bridge will open in May. It was closed after the flood.",
    "No team on this coast will ever beat ours again! The match ended two to one.",
]


def test_the_queue(opening: Opening, desk: str, article: str, pictures: Path):
    for text in (*POSTS, article):
        request = {"text": text, "options": {"review_below": 0.93}}
        assert httpx2.post(f"{desk}/v1/classify", json=request, timeout=60).status_code == 200
    page = opening(f"{desk}/review", **WIDE, color_scheme="light")
    page.fill("#reviewer", "ada")
    row = page.locator("#queue button").filter(has_text="triumphalist").last
    row.click()
    page.get_by_role("button", name="Claim it").click()
    page.wait_for_selector("#item select")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / "review.png")
    assert (pictures / "review.png").stat().st_size > 20_000


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


def test_a_report(opening: Opening, report: str, pictures: Path):
    page = opening(report, **WIDE, color_scheme="light")
    page.screenshot(path=pictures / "report.png")
    assert (pictures / "report.png").stat().st_size > 20_000
