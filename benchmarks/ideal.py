"""What this machine could do at best: its fastest matrix product, over the model's operations.

``python -m benchmarks.ideal ROUNDS`` writes operations a second of each number format, in JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

__all__ = ["best_products", "operations_per_token"]

SIZES = [
    # Rows, inner and columns: the model's own products over 4,096 tokens, and plain squares.
    (4096, 384, 384),
    (4096, 384, 1536),
    (4096, 1536, 384),
    (1024, 1024, 1024),
    (2048, 2048, 2048),
]


def best_products(rounds: int) -> dict[str, float]:
    """Operations a second, two for each product and sum, in f32, bf16 and int8."""
    formats: dict[str, tuple[torch.dtype, Callable[[torch.Tensor, torch.Tensor], object]]] = {
        "f32": (torch.float32, torch.mm),
        "bf16": (torch.bfloat16, torch.mm),
        "int8": (torch.int8, torch._int_mm),
    }
    best = {}
    for name, (dtype, product) in formats.items():
        best[name] = max(_rate(size, dtype, product, rounds) for size in SIZES)
    return best


def operations_per_token(folder: Path, window: int) -> float:
    """Operations that a BERT encoder needs for a token of a full window.

    Four projections and two feed-forward layers, and attention over the window's tokens.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    layer = 4 * hidden * hidden + 2 * hidden * inner + 2 * window * hidden
    return float(2 * config["num_hidden_layers"] * layer)


def _rate(
    size: tuple[int, int, int],
    dtype: torch.dtype,
    product: Callable[[torch.Tensor, torch.Tensor], object],
    rounds: int,
) -> float:
    rows, inner, columns = size
    left = torch.randint(-8, 8, (rows, inner)).to(dtype)
    right = torch.randint(-8, 8, (inner, columns)).to(dtype)
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        product(left, right)
        seconds.append(time.perf_counter() - begin)
    return 2 * rows * inner * columns / min(seconds)


if __name__ == "__main__":
    json.dump(best_products(int(sys.argv[1])), sys.stdout)
