"""How fast framelens trains, beside a step as transformers takes it by default."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForTokenClassification

from benchmarks.efforts import Effort
from benchmarks.figures import Spread
from benchmarks.machine import versions
from benchmarks.report import number, paragraph, spread, table, write_report
from framelens.data import Corpus, read_corpus
from framelens.model import Scheme
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.base import PACKAGED, load_base
from framelens.training.examples import collate, make_examples
from framelens.training.memory import keep_memory
from framelens.training.trainer import pool_sentences

__all__ = ["compare_training"]

SEEDS = Path(__file__).parents[1] / "seeds"
SCHEME = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")
WINDOWS = 32
WINDOW = 128
STOCK = "stock: f32, dropout 0.1, AdamW"
OURS = "framelens: bf16 autocast, no dropout, eager attention, fused AdamW"


@dataclass(frozen=True)
class _Rates:
    """Tokens a second over the steps, with padding and of the text alone."""

    tokens: Spread
    text_tokens: Spread


def compare_training(effort: Effort, folder: Path) -> Path:
    """Take steps of both kinds over the seed documents; write ``training.md`` and ``.json``."""
    corpus = read_corpus(sorted((SEEDS / "documents").glob("*.jsonl")), SCHEME)
    print("training: stock", flush=True)
    stock = _rates(corpus, effort.training_steps, stock=True)
    print("training: framelens", flush=True)
    keep_memory()
    ours = _rates(corpus, effort.training_steps, stock=False)
    rates = {STOCK: stock, OURS: ours}
    content = {
        "versions": versions(("framelens", "torch", "transformers")),
        "effort": effort,
        "rates": rates,
    }
    return write_report(folder, "training", _page(rates, effort), content)


def _page(rates: Mapping[str, _Rates], effort: Effort) -> Iterator[str]:
    yield "Training"
    yield paragraph(
        f"Medians of {effort.training_steps} steps of {WINDOWS} windows of up to {WINDOW} tokens, "
        "with padding, and of the text's tokens alone; *spread* is the slowest and the fastest "
        "step against the median."
    )
    yield ""
    yield from table(
        ("step", "tokens/s", "text tokens/s", "spread", "against stock"),
        [
            (
                name,
                number(each.tokens.median),
                number(each.text_tokens.median),
                spread(each.tokens),
                number(each.tokens.against(rates[STOCK].tokens), 2),
            )
            for name, each in rates.items()
        ],
    )


def _rates(corpus: Corpus, steps: int, stock: bool) -> _Rates:
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
    batches = [collate(rows[at : at + WINDOWS]) for at in range(0, steps * WINDOWS, WINDOWS)]
    optimizer = torch.optim.AdamW(model.parameters(), 1e-5, fused=not stock)
    model.train()
    tokens, text_tokens = [], []
    for batch in batches:
        begin = time.perf_counter()
        _step(model, optimizer, batch, stock)
        seconds = time.perf_counter() - begin
        tokens.append(batch["input_ids"].numel() / seconds)
        text_tokens.append(batch["attention_mask"].sum().item() / seconds)
    return _Rates(Spread.of(tokens), Spread.of(text_tokens))


def _step(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, batch: dict[str, Any], stock: bool
) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=not stock):
        output = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
    labels = batch["labels"]
    logits = pool_sentences(output.logits, batch["sentence_ids"], labels.shape[1])
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
