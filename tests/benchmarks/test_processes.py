"""Processes, and environments of peers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import environments
from benchmarks.contenders import OURS, PEERS
from benchmarks.environments import MissingError, pinned_versions, python_of
from benchmarks.processes import module, peak_bytes, run_to_the_end


def test_a_process_is_timed_and_its_memory_watched():
    script = "import time; kept = bytearray(50_000_000); time.sleep(0.3); print('done')"
    finished = run_to_the_end([sys.executable, "-c", script])
    assert finished.output == "done\n"
    assert 0.3 < finished.seconds < 10
    assert 5e7 < finished.peak < 1e8


def test_a_failed_process_says_why():
    with pytest.raises(MissingError, match=r"^ValueError: no way$"):
        run_to_the_end([sys.executable, "-c", "raise ValueError('no way')"])
    with pytest.raises(MissingError, match="no reason"):
        run_to_the_end([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_peak_of_a_process_that_ended_is_unknown():
    assert peak_bytes() > 1e6
    assert peak_bytes(2**22) == 0


def test_modules_run_in_this_environment():
    assert run_to_the_end(module("platform")).output


def test_an_environment_that_is_missing_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    with pytest.raises(MissingError, match="not installed"):
        python_of("litserve")
    (tmp_path / "litserve").mkdir()
    (tmp_path / "litserve" / "failed").write_text("ERROR: no such version", encoding="utf-8")
    with pytest.raises(MissingError, match="no such version"):
        python_of("litserve")
    (tmp_path / "litserve" / "installed").write_text("digest", encoding="utf-8")
    assert python_of("litserve") == tmp_path / "litserve" / "bin" / "python"


def test_an_environment_that_cannot_be_installed_keeps_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(environments, "FOLDER", tmp_path / "environments")
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    (tmp_path / "some.txt").write_text("./no-such-folder\n", encoding="utf-8")
    environments.install()
    with pytest.raises(MissingError, match=r"^ERROR: .*no-such-folder"):
        python_of("some")


def test_every_peer_has_pinned_requirements_and_one_torch():
    for name in {peer.environment for peer in PEERS if peer.environment} | {"nncf"}:
        pinned = pinned_versions(name)
        assert pinned
        assert pinned.get("torch", "2.13.0") == "2.13.0"
        assert not [package for package in pinned if package.startswith("nvidia-cu")]


def test_requests_of_one_sentence_are_a_text_and_of_more_a_document():
    assert OURS.body(["One."]) == {"text": "One."}
    assert OURS.body(["One.", "Two."]) == {"documents": [{"sentences": ["One.", "Two."]}]}
