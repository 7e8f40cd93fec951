"""Every display: wide and narrow, light, dark and forced colours, on paper; and by axe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Opening = Callable[..., Any]

PHONE = {"viewport": {"width": 360, "height": 740}}
DISPLAYS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "phone": PHONE,
    "phone-dark": {**PHONE, "color_scheme": "dark"},
}


@pytest.fixture(params=DISPLAYS.values(), ids=DISPLAYS.keys())
def display(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def busy(page: Any, labelling: Any, text: str) -> None:
    """Show everything that the page has: a comparison, a note, evidence, a correction."""
    page.select_option("[name=thresholds]", "comments@4")
    page.select_option("[name=other]", "framing@1.3.0-rc1")
    labelling(page, text)
    page.keyboard.press("Home")
    page.keyboard.press("e")
    page.wait_for_selector(".evidence li, .evidence p")
    page.keyboard.press("c")


def seriously(page: Any) -> list[str]:
    """What axe finds, from `moderate` on."""
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = sync_playwright.Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] != "minor"
        for node in each["nodes"]
    ]


def fits(page: Any) -> bool:
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fits


def test_the_text_fits_and_is_accessible(
    opening: Opening, labelling: Any, desk: str, article: str, display: dict[str, Any]
):
    page = opening(desk, **display)
    page.wait_for_selector("#legend li")
    assert (fits(page), seriously(page)) == (True, [])
    busy(page, labelling, f"{article}\n{'a' * 500}")
    assert (fits(page), seriously(page)) == (True, [])


def test_the_queue_fits_and_is_accessible(
    opening: Opening, labelling: Any, desk: str, article: str, display: dict[str, Any]
):
    page = opening(desk, **display)
    labelling(page, f"{article}\n{'a' * 500}")
    page.goto(f"{desk}/review")
    page.locator("#queue button").first.click()
    page.wait_for_selector("#item article")
    page.fill("#reviewer", "ada")
    page.keyboard.press("Tab")
    page.locator("#item button").last.click()
    page.wait_for_selector("#item select, #problem p")
    assert (fits(page), seriously(page)) == (True, [])


def test_a_report_fits_and_is_accessible(opening: Opening, report: str, display: dict[str, Any]):
    page = opening(report, **display)
    assert (fits(page), seriously(page)) == (True, [])
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert (fits(page), seriously(page)) == (True, [])


def test_the_question_for_a_key_is_accessible(opening: Opening, server: str):
    def refuse(page: Any) -> None:
        page.route("**/v1/info", lambda route: route.fulfill(status=401, body="{}"))

    page = opening(server, before=refuse)
    page.wait_for_selector("dialog#key")
    assert seriously(page) == []


def test_no_label_is_told_by_colour_alone(
    opening: Opening, labelling: Any, desk: str, article: str
):
    page = opening(desk, forced_colors="active")
    labelling(page, article)
    found = page.locator("#article mark").evaluate_all(
        "all => all.map(mark => [mark.dataset.position, mark.querySelector('.tag').textContent,"
        " getComputedStyle(mark.firstChild).textDecorationStyle,"
        " getComputedStyle(mark.firstChild).textDecorationLine])"
    )
    lines = {position: (style, line) for position, _, style, line in found}
    assert len({*lines.values()}) == len(lines) > 2
    assert all(tag for _, tag, *_ in found)


def test_on_paper_only_the_text_is_left(
    opening: Opening, labelling: Any, desk: str, article: str, pictures: Path
):
    page = opening(desk)
    labelling(page, article)
    page.emulate_media(media="print")
    for hidden in ("#composer", "#desk", "#note", "nav"):
        assert page.locator(hidden).is_hidden()
    for shown in ("#article", "#strips", "h1", "#model"):
        assert page.locator(shown).is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
