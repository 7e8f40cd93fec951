"""The unit for systemd: valid, confined, and starting the command as it is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from framelens.serve.limits import Limits

from .conftest import Unknown

UNIT = Path(__file__).parents[3] / "serve" / "deploy" / "framelens.service"
EXPOSURE = 1.5
"""The most that systemd's own assessment may give, of ten; it calls up to 2 safe."""

systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is here."""
    text = UNIT.read_text(encoding="utf-8")
    assert "/opt/framelens/bin/framelens" in text
    path = tmp_path / UNIT.name
    path.write_text(text.replace("/opt/framelens/bin/framelens", sys.executable), encoding="utf-8")
    return path


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )


@systemd
def test_systemd_finds_no_fault(unit: Path):
    done = analyze("verify", "--recursive-errors=no", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


@systemd
def test_it_is_confined(unit: Path):
    done = analyze(
        "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE * 10:.0f}", unit
    )
    found = re.search(r"Overall exposure level for framelens.service: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE, done.stdout
    assert done.returncode == 0


def test_the_command_has_these_options(unknown_options: Unknown):
    program, *words = shlex.split(settings()["ExecStart"][0])
    assert Path(program).name == "framelens"
    assert not unknown_options(words)
    assert "--keys" in words, "a proxy shows it to everybody"


def test_it_has_time_to_stop_and_to_be_found_stuck():
    [seconds] = settings()["TimeoutStopSec"]
    [arguments] = settings()["ExecStart"]
    drain = float(arguments.partition("--drain ")[2].split()[0])
    assert float(seconds) > drain + Limits().stop_seconds + 2
    [watchdog] = settings()["WatchdogSec"]
    # While it stops there are no signs of life.
    assert float(watchdog) > Limits().stop_seconds + 2


def test_it_takes_as_many_connections_as_the_service():
    [files] = settings()["LimitNOFILE"]
    assert int(files) > 2 * Limits().connections
