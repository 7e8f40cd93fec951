"""A labelled table of one article, and the proof that service and command line agree.

``python benchmarks/article.py FILE`` scores the file through the HTTP service and through
``framelens score``, prints the largest difference between their numbers, and a Markdown
table with label, confidence and the first words of each sentence.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app

FIRST_WORDS = 4


def main(path: Path) -> None:
    """Print the difference and the table."""
    served, scored = _served(path), _scored(path)
    difference = max(
        abs(one["scores"][label] - other["scores"][label])
        for one, other in zip(served, scored, strict=True)
        for label in one["scores"]
    )
    print(f"{len(served)} sentences; service and command line differ by at most {difference:.1e}")
    print()
    print("| | label | confidence | frame inside | first words |")
    print("|---|---|---|---|---|")
    for number, sentence in enumerate(served, 1):
        frame = sentence["frame"]
        inside = f"{frame['label']} {frame['confidence']:.2f}" if frame else ""
        words = " ".join(sentence["text"].split()[:FIRST_WORDS])
        print(
            f"| {number} | {sentence['label']} | {sentence['confidence']:.2f} "
            f"| {inside} | {words} … |"
        )


def _served(path: Path) -> list[dict[str, Any]]:
    with TestClient(create_app(FramingClassifier.load())) as client:
        answer = client.post("/v1/classify", json={"text": path.read_text(encoding="utf-8")})
        sentences: list[dict[str, Any]] = answer.json()["documents"][0]["sentences"]
        return sentences


def _scored(path: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "framelens.serve.commands", "score", str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sentences: list[dict[str, Any]] = json.loads(output)["sentences"]
    return sentences


if __name__ == "__main__":
    main(Path(sys.argv[1]))
