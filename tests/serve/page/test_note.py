"""The note on a sentence: keyboard, evidence, and a correction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Opening = Callable[..., Any]


def heading(page: Any) -> str:
    text: str = page.text_content("#note h2")
    return text


def test_it_works_by_keyboard(opening: Opening, server: str, expect: Any):
    page = opening(server)
    expect(page.locator("#legend li").first).to_be_visible()
    page.focus("#text")
    page.keyboard.type("We won. They lost. It rained.")
    page.keyboard.press("Control+Enter")
    marks = page.locator("#article mark")
    expect(marks).to_have_count(3)
    assert page.text_content("#note") == "Choose a sentence, or press J."

    for key, number in (("j", 1), ("ArrowDown", 2), ("ArrowRight", 3), ("j", 3), ("k", 2)):
        page.keyboard.press(key)
        assert heading(page) == f"Sentence {number} of 3"
        assert page.evaluate("document.activeElement.dataset.index") == str(number - 1)
    for key, number in (("End", 3), ("ArrowUp", 2), ("ArrowLeft", 1), ("End", 3), ("Home", 1)):
        page.keyboard.press(key)
        assert heading(page) == f"Sentence {number} of 3"
    page.keyboard.press("Escape")
    assert page.locator("#note h2").count() == 0

    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type(" j")
    assert page.input_value("#text").endswith(" j")


def test_every_key_is_told(opening: Opening, server: str):
    page = opening(server)
    told = page.locator("#shortcuts dt").all_text_contents()
    assert told == ["j↓→", "k↑←", "Home", "End", "n", "p", "e", "c", "t", "Esc"]


def test_n_and_p_go_where_somebody_should_look(
    opening: Opening, labelling: Any, desk: str, article: str
):
    page = opening(desk)
    marks = labelling(page, article)
    found = "all => all.filter(e => e.dataset.follows).map(e => Number(e.dataset.index))"
    marked = marks.evaluate_all(found)
    assert len(marked) > 1
    for key, index in (("n", 0), ("n", 1), ("p", 0), ("p", 0)):
        page.keyboard.press(key)
        assert heading(page).startswith(f"Sentence {marked[index] + 1} of ")


def test_the_note_tells_what_is_known(
    opening: Opening, labelling: Any, desk: str, article: str, expect: Any
):
    request = {"text": article, "options": {"evidence": True}}
    response = httpx2.post(f"{desk}/v1/classify", json=request, timeout=60)
    sentences = response.json()["documents"][0]["sentences"]
    page = opening(desk)
    marks = labelling(page, article)
    at = next(index for index, each in enumerate(sentences) if each["frame"])
    marks.nth(at).click()
    note = page.locator("#note")
    sentence = sentences[at]
    expect(note.locator(".verdict")).to_contain_text(sentence["label"].replace("_", "\u00a0"))
    expect(note).to_contain_text(f"Inside the claim: {sentence['frame']['label']}")
    values = note.locator("meter").evaluate_all("all => all.map(meter => meter.value)")
    assert values == pytest.approx([*sentence["scores"].values()], abs=1e-6)

    page.keyboard.press("e")
    expect(note.locator(".evidence li")).not_to_have_count(0)
    words = sorted(sentence["evidence"]["words"], key=lambda word: -word["contribution"])
    most = note.locator(".evidence li b").first.text_content()
    assert most in words[0]["text"]
    heaviest = marks.nth(at).locator("b[data-weight='2']").all_text_contents()
    assert words[0]["text"] in heaviest
    assert marks.nth(at).locator(".words").text_content() == sentence["text"]


def test_a_correction(opening: Opening, labelling: Any, desk: str, article: str, expect: Any):
    page = opening(desk)
    labelling(page, article)
    sent = []
    page.on("request", lambda request: sent.append(request))
    page.keyboard.press("Home")
    page.keyboard.press("c")
    form = page.locator("form.correction")
    leaves = [
        leaf["name"]
        for leaf in httpx2.get(f"{desk}/v1/info", timeout=60).json()["scheme"]["leaves"]
    ]
    form.locator("select").select_option(leaves[-1])
    form.locator("[name=note]").fill("What the port says.")
    form.locator("[name=reviewer]").fill("ada")
    form.locator("button").click()
    expect(form.locator("[role=status]")).to_have_text(
        "Thank you. It is kept with the text, for 30 days."
    )
    [request] = [each for each in sent if each.url.endswith("/v1/feedback")]
    given = request.post_data_json
    assert (given["label"], given["reviewer"]) == (leaves[-1], "ada")
    assert ("decision" in given) != ("passage" in given)

    # The name is remembered for the next one, and the label is not.
    page.keyboard.press("Escape")
    page.locator("#article mark").nth(2).click()
    page.keyboard.press("c")
    assert form.locator("[name=reviewer]").input_value() == "ada"
    assert form.locator("select").input_value() == ""


def test_without_a_database_there_is_no_correction(
    opening: Opening, labelling: Any, server: str, text: str
):
    page = opening(server)
    labelling(page, text)
    page.keyboard.press("j")
    page.keyboard.press("c")
    assert page.locator("#note .verdict").is_visible()
    assert page.locator("form.correction").count() == 0
