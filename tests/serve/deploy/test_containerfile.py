"""The image's recipe, read as far as it can be without an engine that builds it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from framelens.serve.server import PORT

from .conftest import Unknown

ROOT = Path(__file__).parents[3]
CONTAINERFILE = ROOT / "serve" / "deploy" / "Containerfile"
PIN = re.compile(r"^([\w.-]+)==([\w.+]+)$", re.MULTILINE)


class Instruction(NamedTuple):
    """A line of the recipe, continuations joined."""

    name: str
    value: str


def instructions() -> list[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", CONTAINERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def values(name: str) -> list[str]:
    return [each.value for each in instructions() if each.name == name]


def last_stage() -> list[Instruction]:
    found = instructions()
    begin = max(index for index, each in enumerate(found) if each.name == "FROM")
    return found[begin:]


@pytest.mark.parametrize("name", ["RUN", "CMD", "ENTRYPOINT"])
def test_no_shell_is_needed(name: str):
    for value in values(name):
        words = json.loads(value)
        assert words
        assert all(isinstance(word, str) for word in words)


def test_the_health_check_asks_whether_it_is_ready():
    [value] = values("HEALTHCHECK")
    _, _, command = value.partition("CMD ")
    program, flag, code = json.loads(command)
    assert (program, flag) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert f":{PORT}/readyz" in code


def test_the_base_has_a_whole_version():
    [base] = values("ARG")
    assert re.fullmatch(r"PYTHON=docker\.io/library/python:3\.11\.\d+-slim-\w+", base)
    assert {value.split()[0] for value in values("FROM")} == {"${PYTHON}"}


def test_the_user_is_nobody_who_owns_the_programs():
    stage = last_stage()
    [user] = [each.value for each in stage if each.name == "USER"]
    identity, group = user.split(":")
    assert int(identity) >= 10_000
    assert int(group) >= 10_000
    owned = [each.value for each in stage if "--owner" in each.value or "--chown" in each.value]
    [folder] = json.loads(next(each.value for each in stage if each.name == "VOLUME"))
    assert len(owned) == 1
    assert json.loads(owned[0])[-1] == folder
    after = [each.name for each in stage[stage.index(Instruction("USER", user)) :]]
    assert "RUN" not in after


def test_what_is_copied_is_here_and_nothing_comes_from_outside():
    assert not values("ADD")
    for value in values("COPY"):
        if not value.startswith("--from=build"):
            *sources, _ = value.split()
            assert all((ROOT / source).exists() for source in sources), value


def test_it_installs_exactly_the_pinned_packages():
    [environment] = [value for value in values("ENV") if "PIP_CONSTRAINT" in value]
    assert "PIP_CONSTRAINT=/source/constraints.txt" in environment.split()
    installs = [json.loads(value) for value in values("RUN") if '"install", ' in value]
    named = {words[-1] for words in installs if words[0].endswith("pip")}
    assert named == {"setuptools", ".[postgres]"}
    pinned = {
        canonicalize_name(name): version
        for name, version in PIN.findall((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    }
    missing = {name for name in {"setuptools", *_installed({"postgres"})} if name not in pinned}
    assert not missing


def _installed(extras: set[str]) -> set[str]:
    """All that the project needs with some extras, and what that needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    waiting = [Requirement(each) for each in asked]
    found: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        chosen = frozenset(requirement.extras)
        if requirement.marker and not any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *chosen)
        ):
            continue
        key = canonicalize_name(requirement.name), chosen
        if key in found:
            continue
        found.add(key)
        waiting += _needs(requirement.name, chosen)
    return {name for name, _ in found}


def _needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    needs = []
    for line in importlib.metadata.requires(name) or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": each}) for each in ("", *extras)):
            requirement.marker = None
            needs.append(requirement)
    return needs


def test_the_command_has_these_options(unknown_options: Unknown):
    assert json.loads(values("ENTRYPOINT")[0]) == ["framelens"]
    words = json.loads(values("CMD")[0])
    assert not unknown_options(words)
    assert "--keys" in words, "it listens on every address"
