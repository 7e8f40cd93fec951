"""A folder is the old one or the new one, whatever fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.serve.commands.replacement import replaced


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model.v1"
    path.mkdir(mode=0o755)
    (path / "kept.txt").write_text("kept")
    (path / "stale.txt").write_text("stale")
    return path


def content(folder: Path) -> dict[str, str]:
    """The files of a folder that stands alone."""
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_copy_takes_the_place(folder: Path):
    mode = folder.stat().st_mode
    with replaced(folder, without=["stale.txt"]) as draft:
        (draft / "new.txt").write_text("new")
        assert (folder / "stale.txt").exists()
    assert content(folder) == {"kept.txt": "kept", "new.txt": "new"}
    assert folder.stat().st_mode == mode


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt])
def test_a_failure_in_the_block_leaves_the_folder(folder: Path, failure: type[BaseException]):
    def fail() -> None:
        with replaced(folder, without=["stale.txt"]) as draft:
            (draft / "kept.txt").write_text("half")
            raise failure

    with pytest.raises(failure):
        fail()
    assert content(folder) == {"kept.txt": "kept", "stale.txt": "stale"}


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failure_in_the_exchange_leaves_the_folder(
    folder: Path, failing: int, monkeypatch: pytest.MonkeyPatch
):
    rename, calls = Path.rename, []

    def fail(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="No space left"), replaced(folder) as draft:
        (draft / "kept.txt").write_text("new")
    assert content(folder) == {"kept.txt": "kept", "stale.txt": "stale"}
