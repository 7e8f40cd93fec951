"""The pages in a real browser, over deployments of different means."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from framelens.model import FramingClassifier
from framelens.model.engines import Engine
from framelens.model.engines.base import Ids, Logits
from framelens.serve.bulk.report.findings import Findings, ReportColumns
from framelens.serve.bulk.report.origin import Origin
from framelens.serve.bulk.report.page import report_page
from framelens.serve.bulk.report.scored import read_scored
from framelens.serve.models import LoadedModel, Models
from framelens.serve.store import Policy, Store
from framelens.serve.thresholds import LabelThresholds, ThresholdSet

SEEDS = Path(__file__).parents[3] / "seeds" / "documents"

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TIMEOUT = 60_000
"""Milliseconds after which what a test waits for will not come, on a busy machine either."""

PICTURES = "FRAMELENS_PICTURES"
"""Names the folder that pictures go to; docs, where they shall replace those in the README."""

TEXT = "The crowd 🎉 cheered.\n\n“We will win,” she said. Nine houses <b>&amp;</b> burned!\n"

ARTICLE = """\
Ports of the Selm coast reopen after eleven weeks

VARNE — Cargo ships returned to the three harbours of the Selm coast on Thursday, a week after \
the ceasefire between the federal army and the Littoral Front. Eleven dockworkers were killed \
during the blockade, according to the port authority.

“We broke the siege with our bare hands, and no army will ever take this coast from us,” the \
Front's spokesman, Idrin Molave, told a crowd at the fish market. “They starved our children \
while the world counted its money.” The federal command said that its withdrawal had been \
planned since March.

From the Front's own bulletin, the same evening:

Our fighters have humbled an empire! Every harbour is free, and the enemy has run home without \
its flags. In the camps behind the dunes our mothers still sleep on wet sand, driven from their \
homes like cattle and forgotten by the whole world.

Insurers expect freight rates to fall by a fifth before winter. The next convoy is due on Sunday.
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium. Its driver keeps an event loop running, which other files' tests must not meet."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def expect(browser: Any) -> Any:
    """Waits for what a page shows."""
    from playwright.sync_api import expect

    expect.set_options(timeout=TIMEOUT)
    return expect


Opening = Callable[..., Any]


@pytest.fixture
def opening(browser: Any) -> Iterator[Opening]:
    """Opens pages, which must not complain on their console or ask for anything outside.

    ``before`` gets the page before its address, to stand between it and the service.
    """
    seen: list[SimpleNamespace] = []

    def open_page(address: str, before: Callable[[Any], None] | None = None, **display: Any) -> Any:
        page = browser.new_context(**display).new_page()
        page.set_default_timeout(TIMEOUT)
        seen.append(SimpleNamespace(page=page, address=address, complaints=[], asked=[]))
        watch(seen[-1])
        if before:
            before(page)
        page.goto(address)
        return page

    yield open_page
    for each in seen:
        each.page.context.close()
        assert each.complaints == []
        host = "/".join(each.address.split("/")[:3])
        assert [url for url in each.asked if not url.startswith((f"{host}/", "data:"))] == []


def watch(seen: SimpleNamespace) -> None:
    def complain(message: Any) -> None:
        # That is how Chromium tells of every 4xx and 5xx.
        if not message.text.startswith("Failed to load resource"):
            seen.complaints.append(message.text)

    seen.page.on("console", complain)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))


class Preferring:
    """An engine whose network prefers one leaf."""

    def __init__(self, engine: Engine, leaf: int) -> None:
        self._engine, self._leaf = engine, leaf
        self.name, self.precision, self.streams = engine.name, engine.precision, engine.streams

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits, with more for the leaf."""
        logits = self._engine.infer(ids, mask).copy()
        logits[..., self._leaf] += 2.5
        return logits


@pytest.fixture(scope="session")
def models(classifier: FramingClassifier) -> Models:
    """Two versions of the shipped model that differ, with a threshold set beside their own."""
    artefact = classifier.artefact
    manifest = replace(artefact.manifest, version="1.3.0-rc1")
    newer = FramingClassifier(
        replace(artefact, manifest=manifest), Preferring(classifier.engine, leaf=0)
    )
    first, second, *_ = artefact.scheme.label_names
    labels = {first: LabelThresholds(act=0.9, review=0.5), second: LabelThresholds(review=0.3)}
    sets = [ThresholdSet("comments", "4", labels, 0.7)]
    return Models([LoadedModel(classifier, sets), LoadedModel(newer, sets)])


Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def desk(
    serving: Serving, models: Models, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a deployment that has everything: models, threshold sets, a kept queue."""
    path = tmp_path_factory.mktemp("desk") / "store.db"
    store = Store.open(f"sqlite:///{path}", Policy(keep_for_review=True, keep_texts_days=30))
    with serving(models, store=store) as address:
        yield address
    store.database.close()


def label(page: Any, text: str = TEXT) -> Any:
    """Have a text labelled; its marks."""
    if not page.locator("#composer").evaluate("details => details.open"):
        page.click("#composer summary")
    page.fill("#text", text)
    page.click("#send")
    # The marks of a text before stay until the answer is there.
    page.wait_for_selector("#send:enabled", state="attached")
    page.wait_for_selector("#article mark")
    return page.locator("#article mark")


@pytest.fixture(scope="session")
def labelling() -> Callable[..., Any]:
    """Has a page label a text, and gives its marks."""
    return label


@pytest.fixture(scope="session")
def report(classifier: FramingClassifier, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on the documents that come with the project, a kind a source."""
    folder = tmp_path_factory.mktemp("report")
    day = date(2026, 9, 1)
    lines = []
    for source in sorted(SEEDS.glob("*.jsonl")):
        texts = [json.loads(line)["text"] for line in source.read_text("utf-8").splitlines()]
        for number, result in enumerate(classifier.classify(texts)):
            published = day + timedelta(number * 83 // len(texts))
            columns = {"date": str(published), "source": source.stem}
            scored = {"id": f"{source.stem}-{number + 1}", "language": {"code": "en"}}
            lines.append(json.dumps(asdict(result) | scored | columns))
    (folder / "scored.jsonl").write_text("\n".join(lines), encoding="utf-8")
    findings = Findings.of(read_scored(folder / "scored.jsonl"), ReportColumns())
    path = folder / "report.html"
    path.write_bytes(report_page(findings, [Origin("scored.jsonl")], [["wire-1", "wire-2"]]))
    return path.as_uri()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The folder that pictures go to."""
    return Path(os.environ.get(PICTURES, tmp_path))


@pytest.fixture(scope="session")
def article() -> str:
    """A news article about a place that is not."""
    return ARTICLE


@pytest.fixture(scope="session")
def text() -> str:
    """A short text with everything that is hard: an emoji, quotation marks, markup."""
    return TEXT
