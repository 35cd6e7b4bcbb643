"""A control plane's folder and command lines, without starting anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from components import contract
from components.docker_engine.windows_docker_engine import COMPONENT
from sandbox.control_plane import Binaries, ControlPlane, ControlPlaneError, components, credentials, ports
from sandbox.control_plane.errors import tail
from sandbox.nodes import SimulatedPool
from sandbox.nodes.node import node


@pytest.fixture
def binaries(tmp_path: Path) -> Binaries:
    module = tmp_path / "kwok-module"
    for directory in components.STAGE_DIRECTORIES:
        folder = module / "kustomize" / directory
        folder.mkdir(parents=True)
        (folder / "stage.yaml").touch()
        (folder / "kustomization.yaml").touch()
    (module / "kustomize" / components.STORAGE_CLASS).touch()
    (module / "kustomize" / "stage/pod/fast/pod-delete.yaml").touch()
    programs = {}
    for name in ("etcd", "kube_apiserver", "kube_controller_manager", "kube_scheduler", "kubectl", "kwok"):
        programs[name] = tmp_path / name
        programs[name].touch(mode=0o755)
    return Binaries(**programs, kwok_module=module)


def test_a_missing_program_is_named_before_anything_is_made(tmp_path: Path, binaries: Binaries) -> None:
    binaries.etcd.unlink()
    with pytest.raises(ControlPlaneError, match=f"etcd: {binaries.etcd} is not an executable file"):
        ControlPlane(tmp_path / "sandbox", binaries, context="dev").start()
    assert not (tmp_path / "sandbox").exists()


def test_status_and_stop_of_a_sandbox_that_is_not_there_change_nothing(tmp_path: Path, binaries: Binaries) -> None:
    plane = ControlPlane(tmp_path / "sandbox", binaries, context="dev")
    status = plane.status()
    assert [one.name for one in status.components] == list(components.NAMES)
    assert not status.running
    assert not status.healthy
    plane.stop(erase=True)
    assert not (tmp_path / "sandbox").exists()


def test_no_command_line_holds_a_token(tmp_path: Path, binaries: Binaries) -> None:
    paths = components.Paths(directory=tmp_path)
    credentials.ensure(paths.secrets)
    tokens = [credentials.token(paths.secrets, user) for user in credentials.USERS]
    made = components.components(paths, binaries, dict.fromkeys(ports.NAMES, 1))
    assert [component.name for component in made] == list(components.NAMES)
    words = "\n".join(str(word) for component in made for word in component.command)
    assert not any(token in words for token in tokens)
    assert "127.0.0.1" in words
    assert "0.0.0.0" not in words


def test_kwok_gets_each_published_stage_and_no_kustomization_and_ours_for_the_one_of_its_name(
    tmp_path: Path, binaries: Binaries
) -> None:
    theirs = binaries.kwok_module / "kustomize" / "stage/pod/fast"
    found = components.stages(binaries.kwok_module)
    assert [path.name for path in found].count("stage.yaml") == 4
    assert [path for path in found if path.name == "pod-delete.yaml"] == [components.OWN_STAGES / "pod-delete.yaml"]
    (theirs / "pod-delete.yaml").unlink()
    with pytest.raises(ControlPlaneError, match=r"no stage pod-delete\.yaml"):
        components.stages(binaries.kwok_module)
    (theirs / "stage.yaml").unlink()
    with pytest.raises(ControlPlaneError, match=r"No stages in .*/stage/pod/fast"):
        components.stages(binaries.kwok_module)


def test_kwok_leaves_pods_of_the_engine_and_pods_that_work_to_windows_nodes_and_keeps_all_nodes(
    tmp_path: Path, binaries: Binaries
) -> None:
    made = components.components(components.Paths(directory=tmp_path), binaries, dict.fromkeys(ports.NAMES, 1))
    kwok = next(component for component in made if component.name == "kwok")
    assert "--disregard-status-with-label-selector=buildfleet.dev/component=docker-engine" in kwok.command
    assert "--disregard-status-with-annotation-selector=buildfleet.dev/simulated-seconds" in kwok.command
    pool = SimulatedPool(name="win22", os="windows", os_sku="Windows2022", count=1)
    metadata = node(pool, 0, version="v1.36.3")["metadata"]
    assert contract.LABEL_COMPONENT not in metadata["labels"]
    assert components.WORK_ANNOTATION not in metadata["annotations"]


def test_windows_nodes_may_not_write_what_a_kubelet_has_no_business_with() -> None:
    granted = {
        (resource, verb)
        for rule in components.WINDOWS_NODES_RULES
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert not any(verb == "*" or resource == "*" for resource, verb in granted)
    writes = {(resource, verb) for resource, verb in granted if verb not in ("get", "list", "watch")}
    assert writes == {("pods", "delete"), ("pods/status", "patch"), ("serviceaccounts/token", "create")}
    assert not {"secrets", "nodes/status"} & {resource for resource, _ in granted}


def test_the_engines_pods_are_told_by_the_label_that_the_component_puts_on_them() -> None:
    assert components.ENGINE == COMPONENT


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert tail(log) == "    (the log is empty)"
    log.write_text("\n".join(f"line {number}" for number in range(100)) + "\n\n")
    assert tail(log, 2) == "    line 98\n    line 99"
