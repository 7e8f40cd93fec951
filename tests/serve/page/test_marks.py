"""A text and its labels: marked in place, named in words, counted, and told honestly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Opening = Callable[..., Any]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").strip()


def shown(share: float) -> str:
    if 0.995 < share < 1:
        return ">99%"
    return "<1%" if 0 < share < 0.005 else f"{int(share * 100 + 0.5)}%"


def test_sentences_are_marked_in_place(
    opening: Opening, labelling: Any, server: str, http: httpx2.Client, text: str
):
    sentences = http.post("/v1/classify", json={"text": text}).json()["documents"][0]["sentences"]
    labels = [label["name"] for label in http.get("/v1/info").json()["scheme"]["labels"]]
    page = opening(server)
    marks = labelling(page, text)

    words = marks.locator(".words").all_text_contents()
    assert words == [sentence["text"] for sentence in sentences]
    positions = [labels.index(sentence["label"]) for sentence in sentences]
    assert marks.evaluate_all("all => all.map(e => Number(e.dataset.position))") == positions
    tags = map(plain, marks.locator(".tag").all_text_contents())
    for tag, sentence in zip(tags, sentences, strict=True):
        label = sentence["label"].replace("_", " ")
        assert tag.startswith(f"{label} {shown(sentence['confidence'])}")
        assert (f"({sentence['frame']['label']} " in tag) if sentence["frame"] else ("(" not in tag)
        assert tag.endswith(" · review") == sentence["review"]
    counts = page.locator(".row .count").all_text_contents()
    assert list(map(int, counts)) == [positions.count(index) for index in range(len(labels))]
    assert plain(page.text_content("#summary")).startswith(f"{len(sentences)} sentences")

    # Without the tags, the text stands there as it was.
    page.evaluate("document.querySelectorAll('.tag').forEach(tag => tag.remove())")
    assert page.text_content("#article") == text


def test_what_to_look_at_is_said_in_words_and_in_the_margin(
    opening: Opening, labelling: Any, desk: str, article: str
):
    page = opening(desk)
    marks = labelling(page, article)
    tags = [plain(tag) for tag in marks.locator(".tag").all_text_contents()]
    margin = marks.evaluate_all("all => all.map(e => getComputedStyle(e, '::before').content)")
    assert any(tag.endswith(" · review") for tag in tags)
    for tag, mark in zip(tags, margin, strict=True):
        assert mark.startswith('"?"') == tag.endswith(" · review")


def test_labels_and_edition_come_from_the_service(
    opening: Opening, server: str, http: httpx2.Client, expect: Any
):
    info = http.get("/v1/info").json()
    page = opening(server)
    expect(page.locator("#legend li")).to_have_count(len(info["scheme"]["labels"]))
    definitions = [label["definition"] for label in info["scheme"]["labels"]]
    assert page.locator("#legend p").all_text_contents() == definitions
    assert f"{info['model']['name']} {info['model']['version']}" in page.text_content("#model")
    # One model and one set: nothing to choose.
    assert page.locator("#options label:visible").count() == 0
    assert page.locator("#to-review").is_hidden()


def test_another_language_is_told(opening: Opening, labelling: Any, server: str):
    page = opening(server)
    labelling(page, "Der Stadtrat hat am Dienstag beschlossen, die alte Brücke abzureißen.")
    assert "looks like German" in page.text_content("#notices")
    labelling(page, "The council decided on Tuesday that the old bridge is to be torn down.")
    assert page.text_content("#notices") == ""


def test_what_cannot_be_scored_is_said(
    opening: Opening, labelling: Any, server: str, expect: Any, text: str
):
    page = opening(server)
    labelling(page, text)
    page.click("#composer summary")
    page.fill("#text", " \n ")
    page.press("#text", "Control+Enter")
    problem = "This text cannot be scored: it has no character that the model reads."
    expect(page.locator("#problem")).to_have_text(problem)
    assert page.locator("#result").is_hidden()
    assert page.locator("#send").is_enabled()


@pytest.mark.parametrize("sentences", [2_000])
def test_a_long_text(opening: Opening, labelling: Any, server: str, sentences: int):
    page = opening(server)
    marks = labelling(page, "It rained on Monday. " * sentences)
    assert marks.count() == sentences
    page.keyboard.press("End")
    assert page.text_content("#note h2") == f"Sentence {sentences} of {sentences}"
