"""What stands out: filters, the threshold slider, threshold sets, and a second model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Opening = Callable[..., Any]


@pytest.fixture
def page(opening: Opening, labelling: Any, desk: str, article: str) -> Any:
    page = opening(desk)
    labelling(page, article)
    return page


def answer(desk: str, text: str, **request: object) -> list[dict[str, Any]]:
    response = httpx2.post(f"{desk}/v1/classify", json={"text": text, **request}, timeout=60)
    sentences: list[dict[str, Any]] = response.json()["documents"][0]["sentences"]
    return sentences


def slide(page: Any, percent: float) -> None:
    page.locator("#slider").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')) }",
        percent,
    )


def follows(page: Any) -> list[str | None]:
    found = "all => all.map(e => e.dataset.follows || null)"
    marks: list[str | None] = page.locator("#article mark").evaluate_all(found)
    return marks


def consequence(labels: dict[str, Any], scores: dict[str, float]) -> str | None:
    """What follows from the thresholds of single labels."""
    for what in ("act", "review"):
        if any(scores[name] >= (given[what] or 2) for name, given in labels.items()):
            return what
    return None


@pytest.mark.parametrize("percent", [0, 60, 97.5, 100])
def test_the_slider_says_what_the_service_would(page: Any, desk: str, article: str, percent: float):
    slide(page, percent)
    options = {"review_below": percent / 100}
    expected = [sentence["follows"] for sentence in answer(desk, article, options=options)]
    assert follows(page) == expected
    hollow = page.locator("#strips rect.unsure").count()
    assert hollow == expected.count("review")


def test_the_slider_goes_back(page: Any, desk: str, article: str):
    before = follows(page)
    assert page.locator("#reset").is_hidden()
    slide(page, 100)
    assert {*follows(page)} == {"review"}
    assert page.text_content("#set") == "in this view only"
    page.click("#reset")
    assert follows(page) == before == [each["follows"] for each in answer(desk, article)]


def test_a_threshold_set(page: Any, desk: str, article: str, expect: Any):
    page.click("#composer summary")
    page.select_option("[name=thresholds]", "comments@4")
    expect(page.locator("#policy li")).to_have_count(2)
    sentences = answer(desk, article, thresholds="comments")
    assert follows(page) == [sentence["follows"] for sentence in sentences]
    assert "act" in follows(page)
    tags = page.locator("#article .tag").all_text_contents()
    for tag, sentence in zip(tags, sentences, strict=True):
        assert ("· act" in tag) == (sentence["follows"] == "act")
    # The slider moves the set's threshold of confidence, and leaves those of its labels.
    slide(page, 0)
    [chosen] = [
        each
        for each in httpx2.get(f"{desk}/v1/info", timeout=60).json()["thresholds"]
        if each["name"] == "comments"
    ]
    assert follows(page) == [consequence(chosen["labels"], each["scores"]) for each in sentences]


def test_labels_are_filtered(page: Any):
    name = page.locator(".row input").first.get_attribute("value")
    dim = page.locator("#article mark.dim")
    assert dim.count() == 0
    page.uncheck(f".row input[value={name}]")
    assert {*dim.evaluate_all("all => all.map(e => e.dataset.position)")} == {"0"}
    assert page.locator("#article mark[data-position='0']:not(.dim)").count() == 0
    page.check(f".row input[value={name}]")
    page.check("[name=only][value=marked]")
    shown = page.locator("#article mark:not(.dim)")
    assert shown.count() == sum(each is not None for each in follows(page)) > 0
    count = page.locator("[name=only][value=marked] ~ .count").text_content()
    assert int(count) == shown.count()


def test_the_strip_leads_to_the_sentence(page: Any):
    strip = page.locator("#strips svg").first
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] - 1, "y": 5})
    last = page.locator("#article mark").count()
    assert page.text_content("#note h2") == f"Sentence {last} of {last}"
    assert page.locator("#strips rect.current").count() == 1
    strip.click(position={"x": 1, "y": 5})
    assert page.text_content("#note h2") == f"Sentence 1 of {last}"


def test_two_versions_side_by_side(page: Any, desk: str, article: str, expect: Any):
    one, other = (answer(desk, article, model=model) for model in ("framing", "framing@1.3.0-rc1"))
    differing = [
        first["label"] != second["label"] for first, second in zip(one, other, strict=True)
    ]
    assert 0 < sum(differing) < len(differing)
    page.click("#composer summary")
    page.select_option("[name=other]", "framing@1.3.0-rc1")
    expect(page.locator("#summary")).to_contain_text(f"{sum(differing)} otherwise")
    marks = page.locator("#article mark")
    assert marks.evaluate_all("all => all.map(e => e.classList.contains('differs'))") == differing
    tags = marks.locator(".tag").all_text_contents()
    for tag, differs, second in zip(tags, differing, other, strict=True):
        name = second["label"].replace("_", " ")
        assert (f"framing@1.3.0-rc1: {name}" in tag.replace("\u00a0", " ")) == differs
    page.check("[name=only][value=differing]")
    assert page.locator("#article mark:not(.dim)").count() == sum(differing)
    marks.nth(differing.index(True)).click()
    assert page.locator("#note thead th").all_text_contents()[1] == "framing@1.3.0-rc1"


def test_the_second_model_leaves_no_trace_in_the_queue(page: Any, desk: str, expect: Any):
    queued = len(
        httpx2.get(f"{desk}/v1/reviews", params={"limit": 200}, timeout=60).json()["items"]
    )
    page.click("#article mark >> nth=0")
    page.click("[name=evidence]")
    expect(page.locator("#note .evidence")).to_contain_text("log-odds")
    assert (
        len(httpx2.get(f"{desk}/v1/reviews", params={"limit": 200}, timeout=60).json()["items"])
        == queued
    )
