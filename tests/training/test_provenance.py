"""What a model remembers of its making."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.model import Scheme, find_artefact
from framelens.training.provenance import provenance
from framelens.training.settings import TrainSettings

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.mark.parametrize(
    ("task", "needed"),
    [
        ("adaptation", ["adaptation_epochs"]),
        ("attribution", ["attribution_epochs"]),
        ("swaps", ["swap_share", "consistency"]),
        ("teacher", ["unlabelled", "imitation"]),
    ],
)
def test_settings_that_mean_nothing_are_left_out(tmp_path: Path, task: str, needed: list[str]):
    file = tmp_path / "file"
    file.write_text("any")
    scheme = Scheme.from_file(SEEDS / "schemes" / "framing.yaml")
    settings = {"data": [file], "output": tmp_path / "model"}
    without = provenance(TrainSettings(**settings), scheme)["settings"]
    made_of = find_artefact("framing") if task == "teacher" else file
    given = provenance(TrainSettings(**settings, **{task: made_of}), scheme)["settings"]
    assert given.keys() - without.keys() == {task, *needed}
