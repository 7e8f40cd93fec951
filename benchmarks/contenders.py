"""The servers that are compared: how each is started, asked and understood."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.environments import python_of
from benchmarks.processes import COMMANDS, module

__all__ = ["OPENVINO", "OURS", "PEERS", "Contender", "Models"]

OPENVINO = "LitServe with OpenVINO"
"""The peer that shows what the engine gains a server, and what the server."""

PEERS_FOLDER = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Models:
    """The artefact for framelens, and the folder of the same weights for the others."""

    artefact: str
    exported: Path


@dataclass(frozen=True)
class Contender:
    """One server.

    ``command`` tells how it is started on a port, by the interpreter of its ``environment`` or of
    this one; ``body`` makes a request of sentences, ``labels`` reads the answer.
    ``settings`` says in words how it is set up.
    """

    name: str
    settings: str
    path: str
    command: Callable[[Path, Models, int], list[str | Path]]
    body: Callable[[Sequence[str]], Any]
    labels: Callable[[Any], list[str]]
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    def python(self) -> Path:
        """The interpreter that runs it.

        Raises:
            MissingError: its environment is not installed.
        """
        return python_of(self.environment) if self.environment else Path(sys.executable)

    def request(self, sentences: Sequence[str]) -> str:
        """The JSON of a request."""
        return json.dumps(self.body(sentences))


def _framelens_body(sentences: Sequence[str]) -> dict[str, Any]:
    if len(sentences) == 1:
        return {"text": sentences[0]}
    return {"documents": [{"sentences": list(sentences)}]}


def _framelens_labels(answer: Any) -> list[str]:
    return [sentence["label"] for sentence in answer["documents"][0]["sentences"]]


def _texts(sentences: Sequence[str]) -> dict[str, Any]:
    return {"texts": list(sentences)}


def _labels(answer: Any) -> list[str]:
    return [each["label"] for each in answer]


def _script(name: str, *arguments: str) -> Callable[[Path, Models, int], list[str | Path]]:
    return lambda python, models, port: [
        python,
        PEERS_FOLDER / name,
        models.exported,
        str(port),
        *arguments,
    ]


OURS = Contender(
    name="framelens",
    settings="`framelens serve`, as it comes; a document is one request of its sentences",
    path="/v1/classify",
    command=lambda _, models, port: module(
        COMMANDS, "serve", "--model", models.artefact, "--port", str(port)
    ),
    body=_framelens_body,
    labels=_framelens_labels,
)
"""The server of this project."""

_PIPELINE = Contender(
    name="FastAPI + pipeline",
    settings="transformers pipeline in single precision, one thread has it, as transformers "
    "documents it for web servers; the texts of a request one by one",
    path="/classify",
    command=_script("fastapi_app.py", "1"),
    body=_texts,
    labels=_labels,
    environment="transformers",
)
_LITSERVE = Contender(
    name="LitServe",
    settings="torch in bf16, a worker for each core, fast queue, batches of up to 32 requests or "
    "10 ms; a request holds a list, sentences are sorted by length and run 32 at a time",
    path="/predict",
    command=_script("litserve_app.py", "torch"),
    body=_texts,
    labels=_labels,
    environment="litserve",
)

PEERS = [
    _PIPELINE,
    replace(
        _PIPELINE,
        name="FastAPI + pipeline, batch_size=32",
        settings="the same, up to 32 texts of a request at a time",
        command=_script("fastapi_app.py", "32"),
    ),
    _LITSERVE,
    Contender(
        name="infinity",
        settings="torch in bf16, `--batch-size 32`, no log of requests, else as it comes",
        path="/classify",
        command=lambda python, models, port: [
            python.parent / "infinity_emb",
            *("v2", "--model-id", models.exported, "--served-model-name", "framing"),
            *("--engine", "torch", "--device", "cpu", "--dtype", "bfloat16"),
            *("--batch-size", "32", "--log-level", "warning"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        body=lambda sentences: {"model": "framing", "input": list(sentences)},
        labels=lambda answer: [each[0]["label"] for each in answer["data"]],
        environment="infinity",
        variables={"INFINITY_ANONYMOUS_USAGE_STATS": "0"},
    ),
    Contender(
        name="BentoML",
        settings="torch in bf16, adaptive batching of up to 100 texts (its default), no log of "
        "requests; sentences are sorted by length and run 32 at a time",
        path="/classify",
        command=lambda python, models, port: [
            python.parent / "bentoml",
            *("serve", "bentoml_app:SentenceService", "--working-dir", PEERS_FOLDER),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        body=_texts,
        labels=_labels,
        environment="bentoml",
        variables={"BENTOML_DO_NOT_TRACK": "true"},
    ),
    replace(
        _LITSERVE,
        name=OPENVINO,
        settings="the same with OpenVINO in bf16 for torch",
        command=_script("litserve_app.py", "openvino"),
    ),
]
"""The servers to compare with, the same weights in each."""
