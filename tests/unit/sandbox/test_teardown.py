"""A destroy ends well only if nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox import report, simulated_azure
from sandbox.engine import Engine
from sandbox.run_mark import RunMark
from sandbox.teardown import Remains, destroy

POOL = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c/agentPools/lin"
VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"


class Stack:
    """Stands for the engine, the cluster and Azure; what they say is set by a test."""

    def __init__(self, folder: Path) -> None:
        self.stack = "prod"
        self.kubeconfig = folder / "kubeconfig"
        self.azure = folder / "azure"
        self.checkpoints = False
        self.code = 0
        self.had: list[str] = [POOL, VAULT]
        self.objects: list[str] = []
        self.nodes: list[str] = []
        self.resources_left: list[str] = []
        self.vaults: list[str] = []

    def unprotect(self) -> bool:
        return True

    def ids(self, package: str) -> list[str]:
        assert package == "azure-native"
        return self.had

    def destroy(self, *, started: Callable[[int], None]) -> int:
        self.had = []  # as the state has it afterwards
        return self.code

    # As the simulated Azure:

    def resources(self) -> list[tuple[str, str]]:
        return [(resource_id, "type") for resource_id in self.resources_left]

    def soft_deleted(self) -> list[str]:
        return self.vaults


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Stack(tmp_path)
    monkeypatch.delenv(simulated_azure.DIRECTORY_VARIABLE, raising=False)
    monkeypatch.setattr(simulated_azure, "found", lambda place, kubeconfig: stack if stack.azure else None)
    monkeypatch.setattr(report, "left_behind", lambda kubeconfig, name: list(stack.objects))
    monkeypatch.setattr(report, "nodes_left", lambda kubeconfig: list(stack.nodes))
    return stack


def run(stack: Any) -> int:
    return destroy(cast(Engine, stack), RunMark(stack.kubeconfig.parent))


def test_a_destroy_that_left_nothing_says_so_and_which_vaults_keep_their_names(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.vaults = [VAULT]
    assert run(stack) == 0
    told = capsys.readouterr().out
    assert "no object of the stack is left in the cluster" in told
    assert "No resource of the stack is left in the simulated Azure" in told
    assert f"expires: {VAULT}" in told
    assert "Production protects" in told


@pytest.mark.parametrize(
    ("attribute", "name"),
    [("objects", "Secret ns/s"), ("nodes", "Node -/lin-0"), ("resources_left", VAULT)],
)
def test_whatever_is_left_is_an_error_that_names_it(stack: Stack, attribute: str, name: str) -> None:
    setattr(stack, attribute, [name])
    with pytest.raises(Remains, match=name):
        run(stack)


def test_nodes_of_a_cluster_that_is_not_the_stacks_may_stay(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.had, stack.nodes = [], ["Node -/lin-0"]
    assert run(stack) == 0
    assert "Azure" not in capsys.readouterr().out


def test_a_destroy_that_failed_is_not_looked_into(stack: Stack) -> None:
    stack.code, stack.objects = 3, ["Secret ns/s"]
    assert run(stack) == 3
