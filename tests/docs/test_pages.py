"""The documentation is run: every command in it, every snippet, and the answers it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from framelens.data import read_corpus
from framelens.model import Artefact, Document, FramingClassifier, Scheme
from framelens.serve.app import create_app
from framelens.serve.server import SETTINGS
from framelens.serve.store import Policy, Store
from framelens.serve.swap.folder import ModelsFolder
from framelens.serve.thresholds import read_thresholds
from framelens.training.sweep import read_sweep

ROOT = Path(__file__).parents[1]
NODE_MODULES = ROOT / "tests" / "node" / "node_modules"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# These set up environments of their own, one of which runs this test.
SET_UP = re.compile(r"^(make|git|pip) .*$", re.MULTILINE)
ADDRESS = "http://127.0.0.1:8000"
REQUEST_AND_ANSWER = re.compile(
    r"^```sh\n(curl .*?)^```\n+```json\n(.*?)^```", re.MULTILINE | re.DOTALL
)


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(found[2], id=f"{page.relative_to(ROOT)}:{number}")
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")))
        if found[1] == language
    ]


@pytest.fixture(scope="module")
def address(checkout: Path) -> Iterator[str]:
    """The shipped model behind a real server: it takes jobs, and may load the copy 2.0.0."""
    classifier = FramingClassifier.load()
    copy = checkout / "models" / "framing-2"
    shutil.copytree(classifier.artefact.folder, copy)
    Artefact.seal(copy, replace(classifier.artefact.manifest, version="2.0.0"))
    store = Store.open(f"sqlite:///{checkout / 'service.db'}", Policy(keep_jobs_hours=1))
    app = create_app(classifier, store=store, models_folder=ModelsFolder(copy.parent))
    server = uvicorn.Server(uvicorn.Config(app, port=0, **SETTINGS))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the commands read, for them to write into."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    shutil.copy(ROOT / "README.md", folder)
    return folder


def run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("commands", blocks("sh"))
def test_every_command_runs(commands: str, checkout: Path, address: str):
    commands = SET_UP.sub("", commands).replace(ADDRESS, address)
    run(commands, checkout)


@pytest.mark.parametrize("snippet", blocks("python"))
def test_every_snippet_runs(snippet: str, checkout: Path, address: str):
    if "pyspark" in snippet:
        pytest.importorskip("pyspark", reason="it needs a JVM, and is no package of framelens")
    run(f"python - <<'END'\n{snippet.replace(ADDRESS, address)}\nEND", checkout)


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
