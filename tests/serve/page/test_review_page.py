"""The page for the review queue: list, claim, decide, appeal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from framelens.model import FramingClassifier
from framelens.serve.access.exposure import Exposure
from framelens.serve.store import Policy, Store, keys

Opening = Callable[..., Any]
Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def deployment(
    serving: Serving, classifier: FramingClassifier, tmp_path: Path
) -> Iterator[Callable[..., str]]:
    """Starts a service that keeps, by a policy's fields, what it is sent."""
    ends: list[Callable[[], object]] = []

    def start(*texts: str, exposure: Exposure | None = None, **policy: Any) -> str:
        store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy(**policy))
        running = serving(classifier, store=store, exposure=exposure or Exposure())
        address = running.__enter__()
        ends.extend([lambda: running.__exit__(None, None, None), store.database.close])
        for each in texts:
            request = {"text": each, "options": {"review_below": 1}}
            assert (
                httpx2.post(f"{address}/v1/classify", json=request, timeout=60).status_code == 200
            )
        return address

    yield start
    for end in ends:
        end()


def items(address: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx2.get(
        f"{address}/v1/reviews", params=query, timeout=60
    ).json()["items"]
    return found


def choose(page: Any, name: str) -> None:
    page.locator("#item select").select_option(name)
    page.get_by_role("button", name="Decide", exact=True).click()


def test_claim_decide_appeal(
    opening: Opening, deployment: Callable[..., str], expect: Any, text: str
):
    address = deployment(text, keep_for_review=True, keep_texts_days=1)
    leaves = [
        leaf["name"]
        for leaf in httpx2.get(f"{address}/v1/info", timeout=60).json()["scheme"]["leaves"]
    ]
    page = opening(f"{address}/review")
    rows = page.locator("#queue button")
    expect(rows).to_have_count(3)
    rows.nth(1).click()
    # The sentence stands in its text, behind an emoji that JavaScript counts twice.
    expect(page.locator("#item .words")).to_have_text("“We will win,” she said.")
    assert page.text_content("#item article") == text

    page.get_by_role("button", name="Claim it").click()
    assert page.evaluate("document.activeElement.id") == "reviewer"
    page.fill("#reviewer", "ada")
    page.get_by_role("button", name="Claim it").click()
    expect(rows.nth(1)).to_contain_text("claimed by ada until")
    page.locator("#item [name=reason]").fill("Her words.")
    choose(page, leaves[-1])
    expect(rows.nth(1)).to_contain_text("ada decided")
    # The next one is open.
    expect(page.locator("#item h2")).to_have_text("Sentence 3 of its document")
    [decided] = items(address, state="decided")
    assert (decided["decided_by"], decided["decided_label"]) == ("ada", leaves[-1])
    [entry] = [
        each
        for each in httpx2.get(f"{address}/v1/audit", timeout=60).json()["entries"]
        if each["action"] == "item_decided"
    ]
    assert (entry["actor"], entry["reason"]) == ("ada", "Her words.")

    page.select_option("#state", "decided")
    expect(rows).to_have_count(1)
    rows.first.click()
    page.fill("#item [name=reason]", "The crowd said it.")
    page.get_by_role("button", name="Appeal").click()
    expect(rows.first).to_contain_text("appealed against")
    # Another than the first one decides.
    page.get_by_role("button", name="Claim it").click()
    expect(page.locator("#problem")).to_contain_text("decided by another than the first decision")
    page.fill("#reviewer", "bob")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Claim it").click()
    choose(page, leaves[0])
    expect(rows.first).to_contain_text("bob decided")
    assert page.text_content("#problem") == ""


def test_keyboard(opening: Opening, deployment: Callable[..., str], expect: Any, text: str):
    address = deployment(text, keep_for_review=True, keep_texts_days=1)
    page = opening(f"{address}/review")
    page.fill("#reviewer", "ada")
    page.locator("#desk").focus()
    expect(page.locator("#queue button")).to_have_count(3)
    for key, number in (("j", 1), ("j", 2), ("ArrowDown", 3), ("j", 3), ("k", 2)):
        page.keyboard.press(key)
        expect(page.locator("#item h2")).to_have_text(f"Sentence {number} of its document")
    page.keyboard.press("c")
    expect(page.locator("#item select")).to_be_focused()
    page.locator("#desk").focus()
    page.keyboard.press("l")
    expect(page.locator("#item select")).to_be_focused()
    told = page.locator("#shortcuts dt").all_text_contents()
    assert told == ["j↓", "k↑", "c", "l"]


def test_another_has_claimed_it(
    opening: Opening, deployment: Callable[..., str], expect: Any, text: str
):
    address = deployment(text, keep_for_review=True, keep_texts_days=1)
    page = opening(f"{address}/review")
    page.locator("#queue button").first.click()
    identity = items(address)[0]["id"]
    httpx2.post(f"{address}/v1/reviews/{identity}/claim", json={"reviewer": "bob"}, timeout=60)
    page.fill("#reviewer", "ada")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Claim it").click()
    expect(page.locator("#problem")).to_contain_text("claimed by another reviewer")
    page.select_option("#claimed", "true")
    expect(page.locator("#queue button")).to_have_count(1)
    expect(page.locator("#queue")).to_contain_text("claimed by bob")


def test_a_long_queue_and_a_long_text(
    opening: Opening, deployment: Callable[..., str], expect: Any
):
    address = deployment("It rained on Monday. " * 120, keep_for_review=True, keep_texts_days=1)
    page = opening(f"{address}/review")
    rows = page.locator("#queue button")
    expect(rows).to_have_count(50)
    page.click("#more")
    expect(rows).to_have_count(100)
    page.click("#more")
    expect(rows).to_have_count(120)
    assert page.locator("#more").is_hidden()
    rows.nth(80).click()
    expect(page.locator("#item .words")).to_have_text("It rained on Monday.")
    assert page.text_content("#item article").startswith("… ")
    page.get_by_role("button", name="Show the whole text").click()
    assert page.text_content("#item article") == "It rained on Monday. " * 120


@pytest.mark.parametrize("feedback", [False, True])
def test_why_there_is_nothing(
    opening: Opening, deployment: Callable[..., str], server: str, expect: Any, feedback: bool
):
    address = deployment() if feedback else server
    page = opening(f"{address}/review")
    told = "No new decisions are kept" if feedback else "has no database"
    expect(page.locator("#missing")).to_contain_text(told)
    expect(page.locator("#desk")).to_be_visible(visible=feedback)
    if feedback:
        expect(page.locator("#status")).to_have_text("Nothing here.")


def test_without_its_text(opening: Opening, deployment: Callable[..., str], expect: Any, text: str):
    page = opening(f"{deployment(text, keep_for_review=True)}/review")
    page.locator("#queue button").first.click()
    expect(page.locator("#item .missing")).to_contain_text("The text is not kept")
    expect(page.locator("#missing")).to_contain_text("Texts are not kept here")
    expect(page.locator("#item meter").first).to_be_visible()


def test_with_keys(opening: Opening, deployment: Callable[..., str], expect: Any, tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    with store.database.writing() as session:
        scoring = keys.create(session, "scoring", keys.Terms(("score",)), "tests")
        working = keys.create(session, "working", keys.Terms(("feedback",)), "tests")
    store.database.close()
    address = deployment(exposure=Exposure(keys=True, page=True), keep_for_review=True)
    page = opening(f"{address}/review")
    dialog = page.locator("dialog#key")

    dialog.locator("input").fill(scoring)
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_contain_text("lacks the scope 'feedback'")
    page.click("#forget")
    page.reload()
    dialog.locator("input").fill(working)
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("Nothing here.")
