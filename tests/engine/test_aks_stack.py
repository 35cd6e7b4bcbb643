"""An AKS environment as its owner lives with it: made, kept, scaled, changed, upgraded and removed, offline.

The tests share one sandbox and run in order; each says what the environment does at that point of its life. Azure is
the simulated one: `sandbox/azure/notes.py` says what it does not check.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from sandbox.azure.faults import Fault
from sandbox.azure.notes import NOT_CHECKED
from sandbox.control_plane import Binaries
from tests.engine.aks import AksSandbox, Sections, node_pool
from tests.engine.driver import changes

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[AksSandbox]:
    sandbox = AksSandbox(tmp_path_factory.mktemp("sandbox"), binaries.kubectl)

    def as_it_was_a_version_ago(sections: Sections) -> None:
        sections["platform"]["kubernetesVersion"] = "1.35"

    sandbox.edit(as_it_was_a_version_ago)
    yield sandbox
    sandbox.erase()


@pytest.fixture(scope="module")
def first_up(sandbox: AksSandbox) -> subprocess.CompletedProcess[str]:
    done = sandbox.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(autouse=True)
def up_before(first_up: subprocess.CompletedProcess[str]) -> None:
    """Every test of this file is about an environment that is there."""


def test_up_says_that_azure_is_simulated_and_what_is_not_checked(
    first_up: subprocess.CompletedProcess[str],
) -> None:
    assert "simulated" in first_up.stdout
    words = " ".join(first_up.stdout.split())
    assert [note for note in NOT_CHECKED if note.partition(": ")[0] not in words] == []


def test_each_pool_has_its_nodes_and_engine_and_agents_land_on_them(sandbox: AksSandbox) -> None:
    assert {name: len(sandbox.nodes(name)) for name in ("system", "lin", "pr", "w22", "w25")} == {
        "system": 3,
        "lin": 1,
        "pr": 1,
        "w22": 2,
        "w25": 1,
    }
    windows = {node["metadata"]["name"] for node in sandbox.items("nodes", "-l", "kubernetes.io/os=windows")}
    engines = sandbox.items("pods", "-n", "docker-engine")
    assert sorted(pod["spec"]["nodeName"] for pod in engines) == sorted(windows)
    for agents, pool in (("linux-docker", "lin"), ("windows-2025", "w25")):
        pods = sandbox.items("pods", "-n", "azdo-agents-docker", "-l", f"buildfleet.dev/agent-pool={agents}")
        names = {node["metadata"]["name"] for node in sandbox.nodes(pool)}
        assert pods
        assert {pod["status"]["phase"] for pod in pods} == {"Running"}
        assert {pod["spec"]["nodeName"] for pod in pods} <= names


def test_a_second_up_changes_nothing_and_finds_no_drift(sandbox: AksSandbox) -> None:
    before = len(sandbox.azure.requests())
    output = sandbox.succeeds("up")
    assert set(changes(output)) == {"unchanged"}
    assert sandbox.azure.requests()[before:] == []


def test_the_identity_that_previews_may_read_every_object_of_the_stack_and_write_none(sandbox: AksSandbox) -> None:
    """By the roles of the stack alone: the simulated Azure has no RBAC Reader, and nothing stands for it."""
    principal = sandbox.output_of("deployment-preview-identity", "principalId")
    objects = sandbox.kubernetes_ids()
    assert len(objects) > 60
    kinds = {kind for _, kind, _, _ in objects}
    assert {"Secret", "Release", "Role", "ClusterRole", "ScaledJob", "AutoscalingRunnerSet"} <= kinds
    assert "ValidatingAdmissionPolicy" in kinds
    reads = [_access("get", *one) for one in objects if one[1] != "Release"]
    # Helm looks for a release among the Secrets of its namespace, by labels.
    releases = [_access("list", "", "Secret", namespace, "") for _, kind, namespace, _ in objects if kind == "Release"]
    refused = [wanted for wanted, allowed in sandbox.reviewed(principal, [*reads, *releases]) if not allowed]
    assert refused == []
    places = {(group, kind, namespace, "") for group, kind, namespace, _ in objects if kind != "Release"}
    writes = [_access(verb, *one) for one in sorted(places) for verb in ("create", "update", "patch", "delete")]
    assert len(writes) > 100
    others = [
        _access("list", "", "Secret", namespace, "") for namespace in ("azdo-agents-docker", "github-runners", "")
    ]
    others += [_access("get", "", "Secret", "github-runners", "a-runners"), _access("get", "", "Secret", "", "x")]
    assert [wanted for wanted, allowed in sandbox.reviewed(principal, [*writes, *others]) if allowed] == []


def test_what_the_autoscaler_did_is_neither_drift_nor_undone(sandbox: AksSandbox) -> None:
    sandbox.azure.scale(sandbox.pool_id("lin"), 4)
    output = sandbox.succeeds("up")
    assert "updated" not in changes(output)
    assert len(sandbox.nodes("lin")) == 4


def test_wider_bounds_change_one_pool_in_place(sandbox: AksSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "lin").update(maxCount=12))
    [(operation, resource, _, _)] = sandbox.requests_of("up")
    assert (operation, resource) == ("update", f"agentPools/{sandbox.pool_id('lin').rpartition('/')[2]}")
    assert len(sandbox.nodes("lin")) == 4


def test_a_pool_is_added_through_throttling_and_an_operation_in_progress(sandbox: AksSandbox) -> None:
    def add(sections: Sections) -> None:
        pool = {**node_pool(sections, "lin"), "name": "big", "vmSize": "Standard_D16ds_v5", "minCount": 1}
        sections["nodePools"].append(pool)
        sections["platform"]["vcpuQuota"] = {"standardDDSv5Family": 1000}

    sandbox.edit(add)
    sandbox.azure.inject(
        Fault(resource="/big", operation="create", at=1, status=429, code="TooManyRequests", retry_after=0.1),
        Fault(resource="/big", operation="create", at=2, status=409, code="AnotherOperationInProgress"),
    )
    asked = sandbox.requests_of("up")
    sandbox.azure.inject()
    creates = [(status, code) for operation, resource, status, code in asked if resource.startswith("agentPools/big")]
    assert [code for _, code in creates[:2]] == ["TooManyRequests", "AnotherOperationInProgress"]
    assert creates[-1][0] < 300
    assert len(creates) == 3
    assert len(sandbox.nodes("big")) == 1


def test_a_refusal_in_mid_update_is_told_and_the_next_up_goes_on_without_a_duplicate(sandbox: AksSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "big").update(maxCount=6))
    sandbox.edit(lambda sections: node_pool(sections, "pr").update(maxCount=8))
    sandbox.azure.inject(
        Fault(resource="/agentPools/big", operation="update", status=409, code="OperationNotAllowed", message="busy")
    )
    done = sandbox.fails("up")
    sandbox.azure.inject()
    assert "OperationNotAllowed" in done.stdout + done.stderr
    before = sandbox.pool_names()
    sandbox.succeeds("up")
    assert sandbox.pool_names() == before
    assert set(changes(sandbox.succeeds("up"))) == {"unchanged"}


def test_another_size_makes_the_new_pool_before_the_old_one_goes_and_leaves_the_cluster_alone(
    sandbox: AksSandbox,
) -> None:
    old = sandbox.pool_id("big").rpartition("/")[2]
    sandbox.edit(lambda sections: node_pool(sections, "big").update(vmSize="Standard_D8ds_v5"))
    asked = sandbox.requests_of("up")
    new = sandbox.pool_id("big").rpartition("/")[2]
    assert new != old
    assert [(operation, resource) for operation, resource, _, _ in asked] == [
        ("create", f"agentPools/{new}"),
        ("delete", f"agentPools/{old}"),
    ]
    assert {node["metadata"]["labels"]["agentpool"] for node in sandbox.nodes("big")} == {new}


def test_by_choice_the_old_pool_goes_first_and_keeps_its_name(sandbox: AksSandbox) -> None:
    sandbox.edit(lambda sections: node_pool(sections, "big").update(name="bigger", replacement="delete-before-create"))
    sandbox.succeeds("up")
    assert "bigger" in sandbox.pool_names()
    sandbox.edit(lambda sections: node_pool(sections, "bigger").update(vmSize="Standard_D16ds_v5"))
    asked = sandbox.requests_of("up")
    assert [(operation, resource) for operation, resource, _, _ in asked] == [
        ("delete", "agentPools/bigger"),
        ("create", "agentPools/bigger"),
    ]


def test_a_new_windows_password_touches_nothing(sandbox: AksSandbox) -> None:
    sandbox.set_secret("windowsAdminPassword", "Rehearsal-another-0nly!")
    assert sandbox.requests_of("up") == []


def test_kubernetes_is_upgraded_in_place_on_the_cluster_and_then_on_its_pools_but_the_inline_one(
    sandbox: AksSandbox,
) -> None:
    pools = sandbox.pool_names()
    sandbox.edit(lambda sections: sections["platform"].update(kubernetesVersion="1.36"))
    asked = sandbox.requests_of("up")
    assert [(operation, resource, code) for operation, resource, _, code in asked[:1]] == [
        ("update", "managedClusters/buildfleet-aks", "Accepted")
    ]
    assert sorted((operation, resource) for operation, resource, *_ in asked[1:]) == [
        ("update", f"agentPools/{name}") for name in pools if name != "system"
    ]
    assert sandbox.pool_names() == pools
    assert _minors(sandbox.nodes("system")) == {"v1.35"}
    others = [node for node in sandbox.items("nodes") if node["metadata"]["labels"]["buildfleet.dev/pool"] != "system"]
    assert _minors(others) == {"v1.36"}


def test_the_inline_pool_is_upgraded_by_a_person_and_the_program_leaves_it_so(sandbox: AksSandbox) -> None:
    sandbox.azure.upgrade_pool(sandbox.pool_id("system"), "1.36")
    assert _minors(sandbox.nodes("system")) == {"v1.36"}
    assert sandbox.requests_of("up") == []
    assert _minors(sandbox.nodes("system")) == {"v1.36"}


def test_a_pool_is_removed_with_the_agents_on_it(sandbox: AksSandbox) -> None:
    def remove(sections: Sections) -> None:
        sections["nodePools"] = [pool for pool in sections["nodePools"] if pool["name"] != "w25"]
        azure_devops = sections["azureDevOps"]
        azure_devops["agentPools"] = [pool for pool in azure_devops["agentPools"] if pool["nodePool"] != "w25"]
        # The other pool cannot run it, and settings say so.
        sections["dockerEngine"]["prepull"].remove("mcr.microsoft.com/windows/servercore:ltsc2025")

    sandbox.edit(remove)
    asked = sandbox.requests_of("up")
    assert [operation for operation, resource, _, _ in asked if resource.startswith("agentPools/w25")] == ["delete"]
    assert sandbox.nodes("w25") == []
    known = {node["metadata"]["name"] for node in sandbox.items("nodes")}
    assert {pod["spec"]["nodeName"] for pod in sandbox.items("pods", "-A") if "nodeName" in pod["spec"]} <= known


def test_windows_server_2022_is_left_for_2025_by_a_new_pool_moved_agents_and_a_removed_pool(
    sandbox: AksSandbox,
) -> None:
    """The steps of docs/windows-2025.md."""

    def add(sections: Sections) -> None:
        pool = {**node_pool(sections, "w22"), "name": "n25", "osSku": "Windows2025", "maxCount": 4}
        sections["nodePools"].append(pool)
        sections["platform"]["vcpuQuota"] = {"standardDDSv5Family": 1000}

    def move(sections: Sections) -> None:
        for one in (*sections["azureDevOps"]["agentPools"], *sections["github"]["runnerSets"]):
            if one["nodePool"] == "w22":
                one["nodePool"] = "n25"

    def remove(sections: Sections) -> None:
        sections["nodePools"] = [pool for pool in sections["nodePools"] if pool["name"] != "w22"]

    def done_to_pools() -> list[str]:
        # Policies name the images of the stack, so their assignments follow the agents.
        return [operation for operation, made, *_ in sandbox.requests_of("up") if made.startswith("agentPools/")]

    sandbox.edit(add)
    assert done_to_pools() == ["create"]
    new = {node["metadata"]["name"] for node in sandbox.nodes("n25")}
    engines = {pod["spec"]["nodeName"] for pod in sandbox.items("pods", "-n", "docker-engine")}
    assert new
    assert new < engines
    sandbox.edit(move)
    # How long a drain may take follows the jobs on a pool, in place.
    assert set(done_to_pools()) == {"update"}
    [jobs] = [job for job in sandbox.items("scaledjobs", "-A") if job["metadata"]["name"] == "windows-docker"]
    pod = jobs["spec"]["jobTargetRef"]["template"]["spec"]
    assert pod["nodeSelector"]["buildfleet.dev/pool"] == "n25"
    assert any("ltsc2025" in container["image"] for container in pod["containers"])
    sandbox.edit(remove)
    assert done_to_pools() == ["delete"]
    assert sandbox.nodes("w22") == []
    windows = {node["metadata"]["name"] for node in sandbox.items("nodes", "-l", "kubernetes.io/os=windows")}
    assert {pod["spec"]["nodeName"] for pod in sandbox.items("pods", "-n", "docker-engine")} == windows


def test_two_previews_say_the_same_in_whatever_order_the_engine_prints_it(sandbox: AksSandbox) -> None:
    def plan() -> str:
        lines = sandbox.succeeds("preview").splitlines()
        return "\n".join(sorted(line for line in lines if not line.startswith("Duration")))

    assert plan() == plan()


def test_an_environment_that_is_no_longer_production_is_changed_without_a_refusal(sandbox: AksSandbox) -> None:
    sandbox.edit(lambda sections: sections["environment"].update(production=False))
    asked = sandbox.requests_of("up")
    assert {operation for operation, *_ in asked} <= {"update"}
    assert {code for *_, code in asked} == {"Accepted"}
    assert ("update", "managedClusters/buildfleet-aks") in {(operation, resource) for operation, resource, *_ in asked}
    assert not [resource for _, resource, *_ in asked if resource.startswith(("vaults/", "registries/"))]
    assert sandbox.requests_of("up") == []


def test_no_secret_is_in_state_store_output_or_log_in_the_clear_or_in_base64(sandbox: AksSandbox) -> None:
    [user] = yaml.safe_load(sandbox.kubeconfig.read_text())["users"]
    words = ("Rehearsal-", "rehearsal-placeholder", user["user"]["token"])
    secrets = (*words, *(text for word in words for text in _in_base64(word)))
    files = [path for path in sandbox.folder.rglob("*") if path.is_file() and "cluster" not in path.parts]
    assert any(path.name == "aks.json" for path in files), "the state is among what is searched"
    for path in files:
        content = path.read_bytes()
        assert [secret for secret in secrets if secret.encode() in content] == [], path
    assert len(sandbox.outputs) > 3
    for output in sandbox.outputs:
        assert [secret for secret in secrets if secret in output] == []


def test_down_leaves_azure_and_the_cluster_empty(sandbox: AksSandbox) -> None:
    output = sandbox.succeeds("down")
    assert "no object of the stack is left" in output
    assert "No resource of the stack is left in the simulated Azure." in output
    assert not sandbox.azure_directory.exists()


def _access(verb: str, group: str, kind: str, namespace: str, name: str) -> dict[str, str]:
    """What is asked for, as a SubjectAccessReview has it; empty texts are left out."""
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es" if kind.endswith("s") else f"{kind}s"
    wanted = {"verb": verb, "group": group, "resource": plural.lower(), "namespace": namespace, "name": name}
    return {key: value for key, value in wanted.items() if value}


def _minors(nodes: Iterable[dict[str, Any]]) -> set[str]:
    """Versions of the nodes' kubelets, for example `v1.36`."""
    return {node["status"]["nodeInfo"]["kubeletVersion"].rsplit(".", 1)[0] for node in nodes}


def _in_base64(word: str) -> list[str]:
    """What the base64 of every text has in it that has the word in it: one of three, by where the word stands."""
    found = []
    for before, start in ((0, 0), (1, 2), (2, 3)):
        raw = bytes(before) + word.encode()
        # The last characters depend on what follows the word.
        found.append(base64.b64encode(raw).decode()[start : len(raw) // 3 * 4])
    return found
