"""The documentation is run: commands, snippets, and the answers it shows."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from framelens.data import read_corpus
from framelens.model import Document, FramingClassifier, Scheme
from framelens.serve.thresholds import read_thresholds
from framelens.training.sweep import read_sweep

from .pages import (
    ABOUT_TRAINING,
    ADDRESS,
    BLOCK,
    PAGES,
    ROOT,
    blocks,
    run,
    run_commands,
    run_snippet,
)

NODE_MODULES = ROOT / "tests" / "node" / "node_modules"
OTHERS = [page for page in PAGES if page not in ABOUT_TRAINING]
LINKING = [*PAGES, *(ROOT / "benchmarks" / name for name in ("README.md", "NOTES.md"))]
REQUEST_AND_ANSWER = re.compile(
    r"^```sh\n(curl .*?)^```\n+```json\n(.*?)^```", re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("commands", blocks("sh", OTHERS))
def test_every_command_runs(commands: str, checkout: Path, address: str):
    run_commands(commands, checkout, address)


@pytest.mark.parametrize("snippet", blocks("python"))
def test_every_snippet_runs(snippet: str, checkout: Path, address: str):
    if "pyspark" in snippet:
        pytest.importorskip("pyspark", reason="it needs a JVM, and is no package of framelens")
    run_snippet(snippet, checkout, address)


@pytest.mark.parametrize("snippet", blocks("js"))
def test_every_script_runs(snippet: str, checkout: Path):
    if shutil.which("node") is None or not NODE_MODULES.exists():
        pytest.skip("no Transformers.js: npm install --ignore-scripts --prefix tests/node")
    (checkout / "node_modules").symlink_to(NODE_MODULES)
    (checkout / "snippet.mjs").write_text(snippet, encoding="utf-8")
    words = [line.rsplit(" ", 2) for line in run("node snippet.mjs", checkout).splitlines()]
    classifier = FramingClassifier.load(engine="openvino", precision="f32")
    scheme = classifier.artefact.scheme
    result = classifier.classify([Document(sentences=[sentence for sentence, _, _ in words])])
    for (_, leaf, probability), sentence in zip(words, result[0].sentences, strict=True):
        assert scheme.folding[scheme.leaf_index(leaf)].argmax() == scheme.label_names.index(
            sentence.label
        )
        inside = sentence.frame.confidence if sentence.frame else 1.0
        assert float(probability) == pytest.approx(sentence.confidence * inside, abs=0.02)


@pytest.mark.parametrize("content", blocks("yaml"))
def test_every_scheme_search_and_threshold_set_is_one(content: str, tmp_path: Path):
    if "definition:" in content:
        assert Scheme.from_dict(yaml.safe_load(content))
        return
    path = tmp_path / "content.yaml"
    path.write_text(content, encoding="utf-8")
    if "search:" in content:
        assert read_sweep(path)
        return
    assert read_thresholds(path, [Scheme.from_file(ROOT / "seeds/schemes/framing.yaml")])


def test_every_table_is_read(tmp_path: Path):
    content = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    schemes = {"data.md": Scheme.from_file(ROOT / "seeds/schemes/framing.yaml")}
    for found in BLOCK.finditer(content["multi-label.md"]):
        if found[1] == "yaml":
            schemes["multi-label.md"] = Scheme.from_dict(yaml.safe_load(found[2]))
    tables = [
        (name, found[2])
        for name, text in content.items()
        for found in BLOCK.finditer(text)
        if found[1] == "csv"
    ]
    assert tables
    for name, table in tables:
        path = tmp_path / "table.csv"
        path.write_text(table, encoding="utf-8")
        assert len(read_corpus([path], schemes[name])) == 2


@pytest.mark.parametrize("content", blocks("json"))
def test_every_json_is_json(content: str):
    for line in [content] if content.startswith("{\n") else content.splitlines():
        assert json.loads(line)


def test_the_answers_shown_are_those_given(checkout: Path, address: str):
    shown = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for request in REQUEST_AND_ANSWER.finditer(text):
            given = json.loads(run(request[1].replace(ADDRESS, address), checkout))
            assert_alike(given, json.loads(request[2]))
            shown += 1
    assert shown


def assert_alike(given: Any, shown: Any) -> None:
    """Equal but for the last digits, and what is shown as "…": there, machines differ."""
    if isinstance(shown, dict):
        assert given.keys() == shown.keys()
        for key in shown:
            assert_alike(given[key], shown[key])
    elif isinstance(shown, list):
        assert len(given) == len(shown)
        for one, other in zip(given, shown, strict=True):
            assert_alike(one, other)
    elif isinstance(shown, float):
        assert given == pytest.approx(shown, abs=0.05)
    elif shown != "…":
        assert given == shown


def test_the_documents_format_is_the_one_read(tmp_path: Path):
    example = BLOCK.search((ROOT / "docs" / "data.md").read_text(encoding="utf-8"))
    assert example
    path = tmp_path / "example.jsonl"
    path.write_text(example[2], encoding="utf-8")
    (document,) = read_corpus([path], Scheme.from_file(ROOT / "seeds/schemes/framing.yaml"))
    assert [sentence.label for sentence in document.sentences] == ["neutral", "quoted_triumphalist"]


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def anchors(page: Path) -> list[str]:
    """What GitHub calls the headings of a page; commands have comments that look like them."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings]
