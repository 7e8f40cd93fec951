"""The pictures of growth."""

from __future__ import annotations

import math
from pathlib import Path

from benchmarks.load import Outcome
from benchmarks.plots import CLIENTS_PLOT, LENGTHS_PLOT, plot_clients, save_plots
from benchmarks.server import Measured

OUTCOME = Outcome(requests=5, sentences=5, p50=0.1, p99=0.2, failed=0, client_cores=0.1)
CLIENTS = {
    name: {count: Measured(OUTCOME, memory=1e8, server_cores=1.0) for count in (1, 16, 256)}
    for name in ("ours", "another")
}


def test_every_server_has_a_line_in_each_panel():
    panels = plot_clients(CLIENTS, "ours").axes
    assert [len(panel.get_lines()) for panel in panels] == [2, 2, 2]
    assert [label.get_text() for label in panels[-1].get_xticklabels()] == ["1", "16", "256"]
    ours, another = panels[0].get_lines()
    assert ours.get_linewidth() > another.get_linewidth()


def test_both_pictures_are_written(tmp_path: Path):
    save_plots(tmp_path, [(10, math.nan, 1e8), (100_000, 900.0, 2e8)], CLIENTS, "ours")
    for name in (LENGTHS_PLOT, CLIENTS_PLOT):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
