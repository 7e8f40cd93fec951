"""A service that the documentation's commands ask, and a folder for them."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from framelens.model import Artefact, FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.server import SETTINGS
from framelens.serve.store import Policy, Store
from framelens.serve.swap.folder import ModelsFolder

from .pages import ROOT


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
