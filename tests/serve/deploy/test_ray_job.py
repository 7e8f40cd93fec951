"""The job on Kubernetes, read as far as it can be without a cluster."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "serve" / "deploy"


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "ray-job.yaml").read_text(encoding="utf-8"))
    assert (content["apiVersion"], content["kind"]) == ("ray.io/v1", "RayJob")
    return dict(content["spec"])


def test_ray_is_of_one_version(spec: dict[str, Any]):
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    [pinned] = re.findall(r"^ray==(.+)$", constraints, re.MULTILINE)
    image = (DEPLOY / "ray.Containerfile").read_text(encoding="utf-8")
    assert re.findall(r"rayproject/ray:(.+)-py3\d+-cpu", image) == [pinned]
    assert spec["rayClusterSpec"]["rayVersion"] == pinned


def test_input_and_output_are_on_the_volume_of_the_head(spec: dict[str, Any]):
    shell, flag, command = shlex.split(spec["entrypoint"])
    assert (shell, flag) == ("sh", "-c")
    words = shlex.split(command.partition("||")[0])
    assert words[:2] == ["framelens", "score"]
    head = spec["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    [mount] = head["containers"][0]["volumeMounts"]
    assert [volume["name"] for volume in head["volumes"]] == [mount["name"]]
    for path in (words[2], words[words.index("--output") + 1]):
        assert path.startswith(f"{mount['mountPath']}/")


def test_actors_have_room_on_all_workers_and_none_on_the_head(spec: dict[str, Any]):
    cluster = spec["rayClusterSpec"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    [workers] = cluster["workerGroupSpecs"]
    [container] = workers["template"]["spec"]["containers"]
    cpus = int(container["resources"]["limits"]["cpu"])
    _, most = re.findall(r"--ray-actors (\d+):(\d+)", spec["entrypoint"])[0]
    assert int(most) == workers["maxReplicas"] * cpus // 2
