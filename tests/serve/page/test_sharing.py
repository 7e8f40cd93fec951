"""What leaves the page, and what comes into it: copies, links, files, drops."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

Opening = Callable[..., Any]

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
FORMULA = '=HYPERLINK("x") is no formula. The mayor said, "No, never."'


def copied(page: Any, name: str, expect: Any) -> str:
    page.get_by_role("button", name=name).click()
    expect(page.locator("#told")).to_contain_text("copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_json_is_the_answer(opening: Opening, labelling: Any, server: str, expect: Any, text: str):
    page = opening(server, **CLIPBOARD)
    with page.expect_response("**/v1/classify") as response:
        labelling(page, text)
    answer = response.value.json()
    assert json.loads(copied(page, "Copy JSON", expect)) == answer
    page.locator("#slider").fill("100")
    shown = json.loads(copied(page, "Copy JSON", expect))
    assert shown == {**answer, "view": {"review_below": 1}}


def test_csv_is_what_is_shown(opening: Opening, labelling: Any, server: str, expect: Any):
    page = opening(server, **CLIPBOARD)
    with page.expect_response("**/v1/classify") as response:
        labelling(page, FORMULA)
    sentences = response.value.json()["documents"][0]["sentences"]
    rows = [*csv.DictReader(io.StringIO(copied(page, "Copy CSV", expect), newline=""))]
    assert len(rows) == len(sentences)
    for number, (row, sentence) in enumerate(zip(rows, sentences, strict=True), 1):
        assert row["sentence"] == str(number)
        assert (int(row["begin"]), int(row["end"])) == (sentence["begin"], sentence["end"])
        assert row["text"].removeprefix("'") == sentence["text"]
        assert row["label"] == sentence["label"]
        assert row["follows"] == (sentence["follows"] or "")
        for name, score in sentence["scores"].items():
            assert float(row[name]) == pytest.approx(score)
    # A spreadsheet would run it.
    assert rows[0]["text"].startswith("'=")
    for box in page.locator(".row input").all():
        box.uncheck()
    assert len(copied(page, "Copy CSV", expect).splitlines()) == 1


def test_a_link_keeps_the_text_to_itself(
    opening: Opening, labelling: Any, server: str, expect: Any, article: str
):
    page = opening(server, **CLIPBOARD)
    words = labelling(page, article).locator(".words").all_text_contents()
    link = copied(page, "Copy link", expect)
    assert link.startswith(f"{server}/#text=")
    assert len(link) < len(article)
    # It is not in the address, and with it in the browser's history, unless somebody opens it.
    assert page.url == f"{server}/"

    asked: list[str] = []
    other = opening(
        link, before=lambda page: page.on("request", lambda each: asked.append(each.url))
    )
    expect(other.locator("#article mark")).to_have_count(len(words))
    assert other.locator("#article .words").all_text_contents() == words
    assert other.input_value("#text") == article
    assert {urlsplit(url).query for url in asked if url.startswith("http")} == {""}
    # Another text takes its place.
    labelling(other, "It rained.")
    assert other.url == f"{server}/"


def test_a_link_is_not_sent_where_it_would_be_kept(
    opening: Opening, labelling: Any, desk: str, expect: Any, text: str
):
    page = opening(desk, **CLIPBOARD)
    page.select_option("[name=thresholds]", "comments@4")
    page.select_option("[name=other]", "framing@1.3.0-rc1")
    labelling(page, text)
    link = copied(page, "Copy link", expect)
    other = opening(link)
    expect(other.locator("#status")).to_have_text(
        "This text comes from a link and is not sent yet."
    )
    assert other.input_value("#text") == text
    assert other.locator("[name=thresholds]").input_value() == "comments@4"
    assert other.locator("[name=other]").input_value() == "framing@1.3.0-rc1"
    assert other.locator("#result").is_hidden()
    other.keyboard.press("Enter")
    expect(other.locator("#article mark").first).to_be_visible()


@pytest.mark.parametrize("code", ["", "%F0", "AAAA", "!!"])
def test_a_link_that_was_cut(opening: Opening, server: str, expect: Any, code: str):
    page = opening(f"{server}/#text={code}")
    if code:
        expect(page.locator("#problem")).to_contain_text("not whole")
    assert page.locator("#result").is_hidden()


def test_a_file(opening: Opening, server: str, expect: Any, tmp_path: Path, text: str):
    page = opening(server)
    path = tmp_path / "speech.txt"
    path.write_text(text)
    page.set_input_files("#file", path)
    expect(page.locator("#text")).to_have_value(text)
    path.write_bytes(b"\xff\xfe\x00")
    page.set_input_files("#file", path)
    expect(page.locator("#problem")).to_have_text("speech.txt is not plain text in UTF-8.")
    assert page.input_value("#text") == text


DROP = """([name, value]) => {
    const transfer = new DataTransfer();
    if (name) transfer.items.add(new File([value], name));
    else transfer.setData("text/plain", value);
    const event = new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true});
    document.querySelector("footer").dispatchEvent(event);
}"""


@pytest.mark.parametrize("name", ["speech.txt", ""])
def test_a_drop_anywhere(opening: Opening, server: str, expect: Any, name: str, text: str):
    page = opening(server)
    expect(page.locator("#legend li").first).to_be_visible()
    page.evaluate(DROP, [name, text])
    expect(page.locator("#text")).to_have_value(text)


def test_a_paste_outside_of_a_field(
    opening: Opening, labelling: Any, server: str, expect: Any, text: str
):
    page = opening(server, **CLIPBOARD)
    labelling(page, text)
    page.evaluate("navigator.clipboard.writeText('It rained.')")
    page.keyboard.press("Control+v")
    expect(page.locator("#text")).to_have_value("It rained.")
    assert page.evaluate("document.activeElement.id") == "text"


def test_too_large_a_file(opening: Opening, server: str, expect: Any, tmp_path: Path):
    page = opening(server)
    expect(page.locator("#legend li").first).to_be_visible()
    path = tmp_path / "book.txt"
    path.write_bytes(b"a" * (4 * 2**20 + 1))
    page.set_input_files("#file", path)
    expect(page.locator("#problem")).to_contain_text("at most 4,194,304 are allowed")
