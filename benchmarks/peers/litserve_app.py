"""LitServe with dynamic batching: ``litserve_app.py MODEL PORT torch|openvino``.

On processors its documentation wants a worker for each core, beyond a hundred requests a second
the fast queue; batch size and time-out are of the order of its own benchmark's. A request holds
several texts, so that a document costs one request and not one for each sentence.
"""

import os
import sys
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import litserve
from models import openvino_classifier, torch_classifier

CLASSIFIERS = {"torch": torch_classifier, "openvino": openvino_classifier}
WORKERS = os.cpu_count() or 1


class SentenceAPI(litserve.LitAPI):
    """Classifies the texts of all requests of a batch together."""

    def __init__(self, folder: Path, engine: str) -> None:
        super().__init__(max_batch_size=32, batch_timeout=0.01)
        self._folder = folder
        self._engine = engine

    def setup(self, device: str) -> None:
        """Load the model into a worker."""
        threads = max(1, (os.cpu_count() or 1) // WORKERS)
        self._classify = CLASSIFIERS[self._engine](self._folder, threads)

    def decode_request(self, request: dict) -> list[str]:
        """The texts of a request."""
        return request["texts"]

    def predict(self, requests: list[list[str]]) -> list[list[dict[str, Any]]]:
        """The answers of each request."""
        answers = self._classify([text for texts in requests for text in texts])
        ends = accumulate(map(len, requests), initial=0)
        return [answers[begin:end] for begin, end in pairwise(ends)]

    def batch(self, inputs: list[list[str]]) -> list[list[str]]:
        """Requests stay lists of texts, that are joined only where they are classified."""
        return inputs

    def unbatch(self, output: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
        """Answers are a list for each request."""
        return output


if __name__ == "__main__":
    model, port, engine = sys.argv[1:]
    server = litserve.LitServer(
        SentenceAPI(Path(model), engine),
        accelerator="cpu",
        workers_per_device=WORKERS,
        fast_queue=True,
    )
    server.run(host="127.0.0.1", port=int(port), log_level="warning", generate_client_file=False)
