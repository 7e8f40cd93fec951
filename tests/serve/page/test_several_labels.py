"""Sentences of several labels on the page, and of none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from framelens.model import FramingClassifier
from framelens.serve.store import Policy, Store

from ..moods import NAMES

Opening = Callable[..., Any]

TEXT = "They shut us out. “We will be back,” she said, and nobody laughed. The bus is late."


@pytest.fixture
def address(serving: Any, moods: FramingClassifier, tmp_path: Path) -> Any:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy(keep_texts_days=1))
    with serving(moods, store=store) as served:
        yield served
    store.database.close()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").strip()


def test_every_label_is_told_and_can_be_corrected(
    opening: Opening, labelling: Any, address: str, expect: Any
):
    request = {"text": TEXT, "options": {"evidence": True}}
    answer = httpx2.post(f"{address}/v1/classify", json=request, timeout=60).json()
    sentences = answer["documents"][0]["sentences"]
    page = opening(address)
    marks = labelling(page, TEXT)
    for tag, sentence in zip(marks.locator(".tag").all_text_contents(), sentences, strict=True):
        assert plain(tag).startswith(" + ".join(sentence["labels"]) or "no label")
    counts = page.locator(".row .count").all_text_contents()
    given = [label for sentence in sentences for label in sentence["labels"]]
    assert list(map(int, counts)) == [given.count(name) for name in NAMES]

    at = next(index for index, each in enumerate(sentences) if len(each["labels"]) > 1)
    marks.nth(at).click()
    note = page.locator("#note")
    expect(note.locator(".verdict")).to_contain_text(sentences[at]["labels"][-1])
    page.keyboard.press("e")
    for label in sentences[at]["labels"]:
        expect(note.locator(".evidence")).to_contain_text(f"for {label}")

    page.keyboard.press("c")
    form = page.locator("form.correction")
    form.locator("select").select_option([NAMES[2], NAMES[0]])
    with page.expect_request("**/v1/feedback") as sent:
        form.locator("button").click()
    assert sent.value.post_data_json["label"] == f"{NAMES[0]}|{NAMES[2]}"
    expect(form.locator("[role=status]")).to_contain_text("Thank you.")
