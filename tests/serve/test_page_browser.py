"""The page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from framelens.model import FramingClassifier

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TEXT = "The crowd 🎉 cheered.\n\n“We will win,” she said. Nine houses <b>&amp;</b> burned!\n"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    """The page of the shipped model."""
    yield from opened(browser, server)


def opened(browser: Any, server: str) -> Iterator[Any]:
    """The page, open, which must not complain on its console or ask for anything outside."""
    page = browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server)
    page.wait_for_selector("#legend li")
    yield page
    page.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((f"{server}/", "data:"))] == []


def test_sentences_are_marked_in_place(page: Any, http: httpx2.Client, tmp_path: Path):
    answer = http.post("/v1/classify", json={"text": TEXT}).json()
    sentences = answer["documents"][0]["sentences"]
    labels = [label["name"] for label in http.get("/v1/info").json()["scheme"]["labels"]]

    page.fill("#text", TEXT)
    page.click("#button")
    page.wait_for_selector("article mark")
    page.screenshot(path=tmp_path / "page.png", full_page=True)

    marks = page.locator("article mark")
    assert marks.all_text_contents() == [sentence["text"] for sentence in sentences]
    positions = [labels.index(sentence["label"]) for sentence in sentences]
    marked = page.locator("article [data-position]")
    assert marked.evaluate_all("all => all.map(e => Number(e.dataset.position))") == positions
    tags = [tag.replace("\u00a0", " ") for tag in page.locator(".tag").all_text_contents()]
    for tag, sentence in zip(tags, sentences, strict=True):
        label = sentence["label"].replace("_", " ")
        assert tag.startswith(f"{label} {round(sentence['confidence'] * 100)}%")
        assert (f"({sentence['frame']['label']} " in tag) if sentence["frame"] else ("(" not in tag)
    counts = page.locator(".count").all_text_contents()
    assert list(map(int, counts)) == [positions.count(index) for index in range(len(labels))]
    assert page.locator("#status").text_content().startswith(f"{len(sentences)} sentences")

    # Without the tags, the text stands there as it was.
    page.evaluate(
        "document.querySelectorAll('.tag').forEach(tag => {"
        "tag.previousSibling.remove(); tag.remove() })"
    )
    assert page.locator("article").text_content() == TEXT


def test_the_legend_and_the_footer_come_from_the_service(page: Any, http: httpx2.Client):
    info = http.get("/v1/info").json()
    definitions = [label["definition"] for label in info["scheme"]["labels"]]
    assert page.locator("#legend p").all_text_contents() == definitions
    footer = page.locator("#model").text_content()
    assert f"{info['model']['name']} {info['model']['version']}" in footer
    assert page.locator("#review").is_visible() == (info["model"]["review_below"] is not None)


@pytest.fixture
def threshold(classifier: FramingClassifier) -> float:
    """A confidence that some of the text's sentences reach and others do not."""
    confidences = [sentence.confidence for sentence in classifier.classify(TEXT).sentences]
    return sum(confidences) / len(confidences)


@pytest.fixture
def reviewing_page(
    browser: Any, serving: Callable[..., Any], classifier: FramingClassifier, threshold: float
) -> Iterator[Any]:
    """The page of a model that has a threshold for the review mark."""
    artefact = classifier.artefact
    manifest = replace(artefact.manifest, review_below=threshold)
    marking = FramingClassifier(replace(artefact, manifest=manifest), classifier.engine)
    with serving(marking) as server:
        yield from opened(browser, server)


def test_the_review_mark_is_a_word_and_a_line(
    reviewing_page: Any, classifier: FramingClassifier, threshold: float
):
    page = reviewing_page
    sentences = classifier.classify(TEXT, review_below=threshold).sentences
    expected = [sentence.review for sentence in sentences]
    assert 0 < sum(expected) < len(expected)

    page.fill("#text", TEXT)
    page.click("#button")
    page.wait_for_selector("article mark")
    tags = page.locator(".tag").all_text_contents()
    assert [tag.endswith(" · review") for tag in tags] == expected
    outlines = page.locator("article mark").evaluate_all(
        "all => all.map(mark => getComputedStyle(mark).outlineStyle)"
    )
    assert [outline == "dotted" for outline in outlines] == expected
    shown = page.locator("#status").text_content()
    assert shown == f"{len(expected)} sentences, {sum(expected)} to review"
    note = page.locator("#review").text_content()
    assert note == f"review: the confidence is below {threshold:.1%}, so a person should look."


def test_it_works_by_keyboard(page: Any):
    page.keyboard.press("Tab")
    page.keyboard.type("We won.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("article mark")
    page.keyboard.type(" We won.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("article mark")).to_have_count(2)


def test_errors_are_shown(page: Any):
    page.fill("#text", "We won.")
    page.press("#text", "Control+Enter")
    page.wait_for_selector("article mark")
    page.fill("#text", " \n ")
    page.press("#text", "Control+Enter")
    page.wait_for_selector("#problem p")
    shown = page.locator("#problem").text_content()
    assert shown == "This text cannot be scored: it has no character that the model reads."
    assert page.locator("article").is_hidden()
    assert page.locator("#button").is_enabled()


@pytest.mark.parametrize(
    "display",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
        {"viewport": {"width": 360, "height": 740}},
    ],
)
def test_it_fits_every_display(browser: Any, server: str, tmp_path: Path, display: dict[str, Any]):
    page = browser.new_page(**display)
    page.goto(server)
    page.fill("#text", TEXT + "a" * 500)
    page.click("#button")
    page.wait_for_selector("article mark")
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    page.close()
