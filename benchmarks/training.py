"""How fast framelens trains, beside the Trainer of transformers as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from benchmarks.efforts import Effort
from benchmarks.figures import Spread
from benchmarks.machine import versions
from benchmarks.processes import module, run_to_the_end
from benchmarks.report import number, paragraph, spread, table, write_report
from benchmarks.trainer_process import OURS, STOCK, WINDOW, WINDOWS
from framelens.training.precision import has_bf16

__all__ = ["compare_training"]

OURS_COMPUTES = "bf16 autocast" if has_bf16(torch.device("cpu")) else "f32"
NAMES = {
    STOCK: "Trainer as it comes: f32, dropout 0.1, AdamW",
    OURS: f"framelens: {OURS_COMPUTES}, no dropout, eager attention, fused AdamW",
}


@dataclass
class _Rates:
    """Tokens a second of every step, with padding and of the text alone."""

    tokens: list[float] = field(default_factory=list)
    text_tokens: list[float] = field(default_factory=list)


def compare_training(effort: Effort, folder: Path) -> Path:
    """Train a few steps with each in turns; write ``training.md`` and ``training.json``."""
    measured = {kind: _Rates() for kind in NAMES}
    for turn in range(effort.rounds):
        for kind, rates in measured.items():
            print(f"training: round {turn + 1}, {kind}", flush=True)
            command = module("benchmarks.trainer_process", kind, str(effort.training_steps))
            for step in json.loads(run_to_the_end(command).output.splitlines()[-1]):
                rates.tokens.append(step["tokens"] / step["seconds"])
                rates.text_tokens.append(step["text_tokens"] / step["seconds"])
    content = {
        "versions": versions(("framelens", "torch", "transformers")),
        "effort": effort,
        "rates": measured,
    }
    return write_report(folder, "training", _page(measured, effort), content)


def _page(measured: Mapping[str, _Rates], effort: Effort) -> Iterator[str]:
    yield "Training"
    yield paragraph(
        f"Steps of {WINDOWS} windows of up to {WINDOW} tokens, {effort.training_steps} in each of "
        f"{effort.rounds} rounds, in processes that take turns: medians over all steps, with "
        "padding and of the text's tokens alone; *spread* is the slowest and the fastest step "
        "against the median."
    )
    yield ""
    stock = Spread.of(measured[STOCK].text_tokens)
    yield from table(
        ("", "tokens/s", "text tokens/s", "spread", "text tokens/s against the first"),
        [
            (
                NAMES[kind],
                number(Spread.of(rates.tokens).median),
                number(Spread.of(rates.text_tokens).median),
                spread(Spread.of(rates.text_tokens)),
                number(Spread.of(rates.text_tokens).against(stock), 2),
            )
            for kind, rates in measured.items()
        ],
    )
