"""How fast framelens trains and scores on this machine.

Run alone on the machine: ``python benchmarks/speed.py``. Prints Markdown and writes it to
``benchmarks/speed.md``. Every engine scores the seed documents in turn, so that the ratios
come from one run; figures of different runs and machines do not compare.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from machine import machine
from transformers import AutoModelForTokenClassification
from transformers.utils import logging

from framelens.data import Corpus, read_corpus
from framelens.model import FramingClassifier, Scheme
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.base import PACKAGED, load_base
from framelens.training.examples import collate, make_examples
from framelens.training.memory import keep_memory
from framelens.training.trainer import pool_sentences

HERE = Path(__file__).parent
SEEDS = HERE.parent / "seeds"
SCHEME = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")
ROUNDS = 5
STEPS = 12
WINDOWS = 32
WINDOW = 128
ENGINES = [
    ("torch", "f32"),
    ("onnxruntime", "f32"),
    ("openvino", "f32"),
    ("openvino", "bf16"),
]


def main() -> None:
    """Measure, print and write the report."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    corpus = read_corpus(sorted((SEEDS / "documents").glob("*.jsonl")), SCHEME)
    lines = ["# Speed", "", f"Machine: {machine()}", "", *_scoring(corpus), *_training(corpus)]
    report = "\n".join(lines) + "\n"
    (HERE / "speed.md").write_text(report, encoding="utf-8")
    print(report)


def _scoring(corpus: Corpus) -> Iterator[str]:
    texts = [document.text for document in corpus]
    classifiers = [FramingClassifier.load("framing", *engine) for engine in ENGINES]
    results = classifiers[0].classify(texts)
    tokens = sum(sentence.tokens for result in results for sentence in result.sentences)
    sentences = sum(len(result.sentences) for result in results)
    seconds: list[list[float]] = [[] for _ in classifiers]
    for _ in range(ROUNDS):
        for classifier, times in zip(classifiers, seconds, strict=True):
            times.append(_timed(lambda each=classifier: each.classify(texts)))
    medians = [statistics.median(times) for times in seconds]
    yield f"## Scoring: {len(texts)} documents, {sentences:,} sentences, {tokens:,} tokens"
    yield ""
    yield f"Medians of {ROUNDS} rounds; splitting, tokenizing and overlap included."
    yield ""
    yield "| engine | tokens/s | sentences/s | against torch f32 | spread |"
    yield "|---|---|---|---|---|"
    for (engine, precision), times, median in zip(ENGINES, seconds, medians, strict=True):
        yield (
            f"| {engine} {precision} | {tokens / median:,.0f} | {sentences / median:,.0f} "
            f"| {medians[0] / median:.1f} "
            f"| {min(times) / median:.2f} to {max(times) / median:.2f} |"
        )
    yield ""


def _training(corpus: Corpus) -> Iterator[str]:
    stock = _training_rates(corpus, stock=True)
    keep_memory()
    ours = _training_rates(corpus, stock=False)
    yield f"## Training: steps of {WINDOWS} windows of up to {WINDOW} tokens"
    yield ""
    yield f"Medians of {STEPS} steps; with padding, and of the text's tokens alone."
    yield ""
    yield "| step | tokens/s | text tokens/s | against stock |"
    yield "|---|---|---|---|"
    for name, (rate, text_rate) in (
        ("stock: f32, dropout 0.1, AdamW", stock),
        ("framelens: bf16 autocast, no dropout, eager attention, fused AdamW", ours),
    ):
        yield f"| {name} | {rate:,.0f} | {text_rate:,.0f} | {rate / stock[0]:.1f} |"


def _training_rates(corpus: Corpus, stock: bool) -> tuple[float, float]:
    """Tokens a second of one kind of training step, with and without padding."""
    with tempfile.TemporaryDirectory() as folder:
        model, tokenizer = load_base(PACKAGED, SCHEME, WINDOW)
        tokenizer.save_pretrained(folder)
        sentence_tokenizer = SentenceTokenizer(Path(folder) / "tokenizer.json")
        examples = make_examples(corpus, SCHEME, sentence_tokenizer, WINDOW, context="excerpt")
        if stock:
            model.save_pretrained(folder)
            model = AutoModelForTokenClassification.from_pretrained(
                folder, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1
            )
    rows = list(examples.shuffle(seed=0)) * 2
    batches = [collate(rows[at : at + WINDOWS]) for at in range(0, STEPS * WINDOWS, WINDOWS)]
    optimizer = torch.optim.AdamW(model.parameters(), 1e-5, fused=not stock)
    model.train()
    rates, text_rates = [], []
    for batch in batches:
        seconds = _timed(lambda batch=batch: _step(model, optimizer, batch, stock))
        rates.append(batch["input_ids"].numel() / seconds)
        text_rates.append(batch["attention_mask"].sum().item() / seconds)
    return statistics.median(rates), statistics.median(text_rates)


def _step(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, batch: dict, stock: bool
) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=not stock):
        output = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
    labels = batch["labels"]
    logits = pool_sentences(output.logits, batch["sentence_ids"], labels.shape[1])
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
