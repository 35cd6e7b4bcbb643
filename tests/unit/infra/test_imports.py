"""What a stack loads of the SDKs: every module of azure-native costs time and memory in every preview."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings.load import secret_names

ROOT = Path(__file__).resolve().parents[3]
OURS = ROOT / "infra" / "__main__.py"
FLOOR = ROOT / "bench" / "programs" / "azure_modules" / "__main__.py"
"""The program that `python -m bench aks` compares previews with."""

GROUP = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shared/providers"
AKS = {
    *("authorization", "consumption", "containerregistry", "containerservice", "keyvault", "managedidentity"),
    *("monitor", "network", "operationalinsights", "resources"),
}
AZURE_LOCAL = {"hybridcontainerservice", "kubernetes", "resources"}

SLOW = pytest.mark.engine
"""A whole aks stack takes seconds to load and register, more than the unit rung has to spare. No engine is driven."""

# In a process of its own, as what is loaded once stays loaded; to its end, as callbacks may load something too.
# A module of azure-native that nobody has looked into stands in `sys.modules`, but nothing of what is in it does.
PROGRAM = """
import base64, gc, json, runpy, sys
gc.disable()
import pulumi
from tests.unit.components.azure_recording import AzureMocks

answer = {"kubeconfigs": [{"name": "user", "value": base64.b64encode(b"{}").decode()}]}
calls = {
    "azure-native:containerservice:listManagedClusterUserCredentials": answer,
    "azure-native:hybridcontainerservice:listProvisionedClusterInstanceAdminKubeconfig": {"properties": answer},
}
given = json.load(sys.stdin)
if given["config"]:
    pulumi.runtime.set_all_config(given["config"], given["secrets"])
pulumi.runtime.set_mocks(AzureMocks(calls=calls), project="buildfleet", stack="test")
pulumi.runtime.test(lambda: runpy.run_path(given["program"], run_name="__main__") and None)()
names = [name.split(".") for name in sys.modules if name.startswith("pulumi_azure_native")]
print(json.dumps(sorted({parts[1] for parts in names if len(parts) > 2}) if names else None))
"""


def sections_of(stack: str) -> dict[str, Any]:
    document = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    return {key.removeprefix("buildfleet:"): value for key, value in document["config"].items()}


def loaded(program: Path, sections: dict[str, Any]) -> set[str] | None:
    """The modules of azure-native that are loaded once a program has ended; `None` if not even the package is."""
    secrets = [f"buildfleet:{name}" for name in secret_names(sections)] if sections else []
    config = {f"buildfleet:{key}": json.dumps(value) for key, value in sections.items()}
    config |= dict.fromkeys(secrets, "Placeholder-of-no-stack-0")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps({"program": str(program), "config": config, "secrets": secrets}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return None if found is None else set(found)


def test_an_existing_cluster_loads_nothing_of_azure() -> None:
    sections = sections_of("dev")
    sections["platform"]["preflight"] = False  # it would ask a cluster
    assert loaded(OURS, sections) is None


def test_azure_local_loads_the_few_modules_of_its_own() -> None:
    assert loaded(OURS, sections_of("azure-local")) == AZURE_LOCAL


@SLOW
def test_aks_loads_what_the_bench_takes_for_its_floor() -> None:
    assert loaded(OURS, sections_of("aks")) == AKS
    assert loaded(FLOOR, {}) == AKS


@SLOW
def test_what_is_brought_to_aks_is_not_loaded() -> None:
    sections = sections_of("aks")
    sections["network"] = {"subnet": f"{GROUP}/Microsoft.Network/virtualNetworks/ci/subnets/build"}
    sections["registry"] = {"id": f"{GROUP}/Microsoft.ContainerRegistry/registries/contoso"}
    sections["monitoring"] = {"workspace": f"{GROUP}/Microsoft.OperationalInsights/workspaces/ci"}
    sections["platform"]["vault"] = f"{GROUP}/Microsoft.KeyVault/vaults/contoso-ci"
    del sections["platform"]["budget"]
    left = AKS - {"network", "containerregistry", "operationalinsights", "keyvault", "consumption"}
    assert loaded(OURS, sections) == left
