"""Engines as anybody would run them over an artefact's network, to compare framelens with.

They share with framelens how text becomes windows, and nothing of how windows are run: what
framelens gains there must show. Windows of similar length share a batch of up to 4,096 tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from framelens.model import Artefact, split_sentences
from framelens.model.calibration import softmax
from framelens.model.tokenization import SentenceTokenizer
from framelens.model.windows import Part

__all__ = ["Batch", "PlainClassifier", "Run", "batches", "load_engine", "read_windows"]

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.floating[Any]]
Batch = tuple[Ids, Ids]
"""Input ids and attention mask ``[windows, tokens]``."""

Run = Callable[[Sequence[Batch]], list[Logits]]
"""Batches to logits ``[windows, tokens, leaves]``."""

BATCH_TOKENS = 4096
LENGTH_STEP = 32
STREAMS = 2


def load_engine(engine: str, precision: str, network: Path) -> Run:
    """An engine over a network; an int8 network is one that was converted before.

    Args:
        engine: ``torch``, ``onnxruntime`` or ``openvino``.
        precision: ``f32``, ``bf16`` or ``int8``.
        network: a file that the engine reads, or for torch the artefact's folder.
    """
    loaders = {"torch": _torch, "onnxruntime": _onnxruntime, "openvino": _openvino}
    return loaders[engine](network, precision)


class Window(NamedTuple):
    """Input ids ``[tokens]``, and whose they are; ``first`` numbers its text's first sentence."""

    first: int
    parts: tuple[Part, ...]
    places: list[slice]
    ids: Ids


def read_windows(
    texts: Sequence[str], tokenizer: SentenceTokenizer, length: int, overlap: int
) -> tuple[list[Window], list[int]]:
    """The windows of some texts, the shortest first, and the tokens of every sentence."""
    windows: list[Window] = []
    lengths: list[int] = []
    for text in texts:
        sentences = [text[begin:end] for begin, end in split_sentences(text)]
        tokens = [each for each in tokenizer(sentences) if len(each)]
        for window in tokenizer.pack(tokens, length, overlap):
            ids, places = tokenizer.window(tokens, window), tokenizer.places(window)
            windows.append(Window(len(lengths), window.parts, places, ids))
        lengths += [len(each) for each in tokens]
    return sorted(windows, key=lambda window: len(window.ids)), lengths


class PlainClassifier:
    """The labels of all sentences of some texts, by one engine with windows of one length."""

    def __init__(self, artefact: Artefact, run: Run, window: int) -> None:
        self._artefact = artefact
        self._run = run
        self._window = window
        self._tokenizer = artefact.tokenizer()

    def __call__(self, texts: Sequence[str]) -> tuple[list[str], int]:
        """The label of every sentence in order, and how many tokens they have together."""
        overlap = self._artefact.manifest.overlap
        windows, lengths = read_windows(texts, self._tokenizer, self._window, overlap)
        outputs = self._run(list(batches([window.ids for window in windows])))
        rows = (row for logits in outputs for row in logits)
        sums = np.zeros((len(lengths), len(self._artefact.scheme.leaves)))
        for window, logits in zip(windows, rows, strict=True):
            self._add(sums, window, logits)
        return self._labels(sums / np.array(lengths)[:, None]), sum(lengths)

    def _add(self, sums: Logits, window: Window, logits: Logits) -> None:
        """Add the logits of a window's tokens to the sums of its sentences."""
        for part, place in zip(window.parts, window.places, strict=True):
            if part.scored:
                sums[window.first + part.sentence] += logits[place].sum(axis=0)

    def _labels(self, means: Logits) -> list[str]:
        scheme = self._artefact.scheme
        leaves = softmax(means, self._artefact.manifest.temperature)
        return [scheme.label_names[best] for best in (leaves @ scheme.folding).argmax(axis=1)]


def batches(windows: Sequence[Ids]) -> Iterator[Batch]:
    """Consecutive windows, sorted by length, padded to a multiple of 32 tokens."""
    group: list[Ids] = []
    for ids in windows:
        if group and (len(group) + 1) * _padded(ids) > BATCH_TOKENS:
            yield _pad(group)
            group = []
        group.append(ids)
    if group:
        yield _pad(group)


def _padded(ids: Ids) -> int:
    return -(-len(ids) // LENGTH_STEP) * LENGTH_STEP


def _pad(windows: Sequence[Ids]) -> Batch:
    shape = len(windows), _padded(windows[-1])
    ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask


def _torch(folder: Path, precision: str) -> Run:
    import torch
    from transformers import AutoModelForTokenClassification
    from transformers.utils import logging

    logging.disable_progress_bar()
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=dtype)
    model.train(False)

    def one(ids: Ids, mask: Ids) -> Logits:
        with torch.inference_mode():
            output = model(torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
        return cast(Logits, output.logits.float().numpy())

    return lambda batches: [one(ids, mask) for ids, mask in batches]


def _onnxruntime(network: Path, precision: str) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])

    def one(ids: Ids, mask: Ids) -> Logits:
        inputs = {"input_ids": ids, "attention_mask": mask}
        return cast(Logits, session.run(["logits"], inputs)[0])

    return lambda batches: [one(ids, mask) for ids, mask in batches]


def _openvino(network: Path, precision: str) -> Run:
    import openvino

    # What an int8 network leaves in floating point runs in the faster format there is.
    hint = "f32" if precision == "f32" else "bf16"
    core = openvino.Core()
    # The weights must lie beside the file itself, not beside a link to it.
    compiled = core.compile_model(
        core.read_model(network.resolve()),
        "CPU",
        {"INFERENCE_PRECISION_HINT": hint, "NUM_STREAMS": STREAMS},
    )
    queue = openvino.AsyncInferQueue(compiled, STREAMS)

    def run(batches: Sequence[Batch]) -> list[Logits]:
        results: list[Logits] = [np.empty(0)] * len(batches)

        def keep(request: Any, index: int) -> None:
            results[index] = np.array(request.get_output_tensor().data)

        queue.set_callback(keep)
        for index, (ids, mask) in enumerate(batches):
            queue.start_async({"input_ids": ids, "attention_mask": mask}, index)
        queue.wait_all()
        return results

    return run
