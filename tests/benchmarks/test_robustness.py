"""The report on hostile input."""

from __future__ import annotations

from benchmarks.hostile import BODIES
from benchmarks.robustness import Seen, _cases, _page
from framelens.serve.problems import PROBLEMS


def test_every_body_is_a_case_with_a_known_outcome():
    assert len({each.name for each in BODIES}) == len(BODIES)
    assert {each.code for each in BODIES} - {""} <= PROBLEMS.keys()
    assert {each.name for each in BODIES} < _cases().keys()


def test_the_page_shows_outcomes_and_both_peaks():
    seen = [Seen("a", {"400": 4}, [1e6, 2e6]), Seen("b", {"200": 3, "429": 1}, [3e6, 1e6])]
    page = "\n".join(_page(seen, 2, 2))
    assert "3 MB at its highest in the first round and 2 MB in the last" in page.replace("\n", " ")
    assert "| a | 400 × 4 | 1 | 2 |" in page
    assert "| b | 200 × 3, 429 × 1 | 3 | 1 |" in page
