"""What the Trainer is told, by settings and by what there is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from framelens.training import arguments
from framelens.training.arguments import takes_bf16, training_arguments
from framelens.training.settings import SettingsError, TrainSettings


def settings(**changes: object) -> TrainSettings:
    values: dict[str, object] = {"data": [Path("a.csv")], "output": Path("model"), "device": "cpu"}
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("processes", "changes", "warmup"),
    [
        # A tenth of the steps: 1,000 windows make 63 batches of 16.
        (1, {}, 63 * 4 // 10),
        (1, {"gradient_accumulation": 4}, 16 * 4 // 10),
        (2, {}, 32 * 4 // 10),
        (2, {"gradient_accumulation": 2, "batch_size": 8}, 32 * 4 // 10),
    ],
)
def test_the_learning_rate_rises_over_a_tenth_of_the_steps(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    processes: int,
    changes: dict[str, object],
    warmup: int,
):
    monkeypatch.setattr(arguments, "process_count", lambda: processes)
    told = training_arguments(settings(**changes), tmp_path, windows=1000, epochs=4)
    assert told.warmup_steps == warmup


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize(
    ("precision", "able", "bf16"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("fp32", True, False),
        ("fp32", False, False),
        ("bf16", True, True),
    ],
)
def test_precision_goes_by_the_device(
    monkeypatch: pytest.MonkeyPatch, device: str, precision: str, able: bool, bf16: bool
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: able)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": able})
    assert takes_bf16(settings(device=device, precision=precision)) == bf16


def test_a_precision_that_the_gpu_lacks_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert takes_bf16(settings(precision="bf16")), "a processor can do without instructions"
    with pytest.raises(SettingsError, match="precision: this GPU lacks bf16; use 'fp32' or 'auto'"):
        takes_bf16(settings(device="cuda", precision="bf16"))
