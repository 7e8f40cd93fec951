"""What the service refuses, and what the page says of it; the API key; what becomes of texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Opening = Callable[..., Any]


def refusing(path: str, status: int, headers: dict[str, str] | None = None, **problem: Any) -> Any:
    """Stands between a page and the service, and refuses one path."""
    content = {"title": "Something", "detail": "is the matter", "code": "x", **problem}

    def refuse(route: Any) -> None:
        kind = {"content-type": "application/problem+json"}
        route.fulfill(status=status, headers=kind | (headers or {}), body=json.dumps(content))

    return lambda page: page.route(path, refuse)


def send(page: Any, expect: Any) -> Any:
    expect(page.locator("#legend li").first).to_be_visible()
    page.fill("#text", "We won.")
    page.click("#send")
    return page.locator("#problem")


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (
            refusing("**/v1/classify", 429, {"retry-after": "7"}),
            "Something: is the matter. Try again in 7 seconds.",
        ),
        (
            refusing("**/v1/classify", 503, request_id="9f2c"),
            "Something: is the matter.Request 9f2c",
        ),
        (
            refusing("**/v1/classify", 422, errors=[{"pointer": "/text", "detail": "is odd"}]),
            "Something: is the matter./text is odd",
        ),
        (
            lambda page: page.route("**/v1/classify", lambda route: route.abort()),
            "The service cannot be reached.",
        ),
        (
            lambda page: page.route(
                "**/v1/classify", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>")
            ),
            "The service gave no readable answer (status 502).",
        ),
    ],
)
def test_problems_are_told(opening: Opening, server: str, expect: Any, refusal: Any, told: str):
    page = opening(server, before=refusal)
    expect(send(page, expect)).to_have_text(told)
    assert page.locator("#result").is_hidden()
    assert page.locator("#send").is_enabled()
    assert page.text_content("#status") == ""
    # And it goes away with the next answer.
    page.unroute("**/v1/classify")
    page.click("#send")
    expect(page.locator("#article mark")).to_have_count(1)
    assert page.text_content("#problem") == ""


def asking_for(key: str) -> Any:
    """Stands before the service and lets in who has a key."""

    def check(route: Any) -> None:
        if route.request.headers.get("authorization") == f"Bearer {key}":
            route.continue_()
        else:
            problem = {"title": "No key", "detail": "send one", "code": "unauthorized"}
            route.fulfill(status=401, body=json.dumps(problem))

    return lambda page: page.route("**/v1/**", check)


def test_a_key_is_asked_for_where_one_is_wanted(opening: Opening, server: str, expect: Any):
    page = opening(server, before=asking_for("fl_secret"))
    dialog = page.locator("dialog#key")
    expect(dialog).to_contain_text("The service asks for a key.")
    dialog.locator("input").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("The service does not accept this key.")
    dialog.locator("input").fill("fl_secret")
    dialog.get_by_role("button", name="Use this key").click()
    expect(page.locator("#legend li").first).to_be_visible()
    send(page, expect)
    expect(page.locator("#article mark")).to_have_count(1)
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [1, 0]
    # It lasts as long as the tab, or until it is to be forgotten.
    page.reload()
    expect(page.locator("#legend li").first).to_be_visible()
    page.click("#forget")
    assert page.evaluate("sessionStorage.length") == 0
    assert page.locator("#forget").is_hidden()


def test_without_a_key_it_says_so(opening: Opening, server: str, expect: Any):
    page = opening(server, before=asking_for("fl_secret"))
    expect(page.locator("dialog#key")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#problem")).to_have_text("The service wants an API key.")


def keeping(**stores: Any) -> Any:
    """Tells of a deployment that keeps this."""

    def tell(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "stores": stores})

    return lambda page: page.route("**/v1/info", tell)


@pytest.mark.parametrize(
    ("feedback", "decisions", "days", "told"),
    [
        (False, False, None, "Texts are neither stored nor logged."),
        (
            True,
            False,
            None,
            "Texts are neither stored nor logged. Of corrections, labels, notes and a digest of "
            "the text are stored.",
        ),
        (
            True,
            True,
            None,
            "Texts are neither stored nor logged. Of sentences to review and of corrections, "
            "labels, notes and a digest of the text are stored.",
        ),
        (
            True,
            False,
            1,
            "Texts are not logged. The text of a correction is stored for 1 day.",
        ),
        (
            True,
            True,
            30,
            "Texts are not logged. A text with a sentence to review, or with a correction, is "
            "stored for 30 days.",
        ),
    ],
)
def test_what_becomes_of_texts_is_true(
    opening: Opening,
    server: str,
    expect: Any,
    feedback: bool,
    decisions: bool,
    days: float | None,
    told: str,
):
    stores = {"feedback": feedback, "decisions": decisions, "texts_days": days}
    page = opening(server, before=keeping(**stores))
    expect(page.locator("#privacy")).to_have_text(told)
    expect(page.locator("#to-review")).to_be_visible(visible=decisions)
