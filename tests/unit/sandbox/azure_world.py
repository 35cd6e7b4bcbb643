"""An Azure for tests, with a clock of its own, and the least inputs that it takes for each type."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from sandbox.azure import Azure, Object, arm_type
from sandbox.azure.operations import Operation

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ci"
PASSWORD = "Correct-Horse-99-Battery"
NEVER = threading.Event()


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def token(short: str) -> str:
    return f"azure-native:{short}"


def pool_inputs(**changes: Any) -> Object:
    return {
        "resourceGroupName": "ci",
        "resourceName": "fleet",
        "agentPoolName": "lin",
        "osType": "Linux",
        "mode": "User",
        "vmSize": "Standard_D8ds_v5",
        "count": 1.0,
        "minCount": 0.0,
        "maxCount": 10.0,
        "enableAutoScaling": True,
        **changes,
    }


def windows_inputs(**changes: Any) -> Object:
    return pool_inputs(
        **{"agentPoolName": "win25", "osType": "Windows", "osSKU": "Windows2025", "enableFIPS": True, **changes}
    )


def cluster_inputs(**changes: Any) -> Object:
    return {
        "resourceGroupName": "ci",
        "resourceName": "fleet",
        "location": "westeurope",
        "dnsPrefix": "fleet",
        "kubernetesVersion": "1.35",
        "identity": {"type": "SystemAssigned"},
        "agentPoolProfiles": [
            {
                "name": "system",
                "mode": "System",
                "osType": "Linux",
                "vmSize": "Standard_D4ds_v5",
                "count": 2.0,
                "minCount": 2.0,
                "maxCount": 3.0,
                "enableAutoScaling": True,
            }
        ],
        "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay", "networkPolicy": "calico"},
        "windowsProfile": {"adminUsername": "buildfleet", "adminPassword": PASSWORD},
        **changes,
    }


class Fixture:
    """An Azure with one resource group, and short ways to write into it."""

    def __init__(self, directory: Path, kubeconfig: Path | None = None) -> None:
        self.directory = directory
        self.clock = Clock()
        self.azure = Azure(directory, kubeconfig=kubeconfig, subscription=SUBSCRIPTION, tenant=TENANT, clock=self.clock)
        self.put("resources:ResourceGroup", resourceGroupName="ci", location="westeurope")

    def settings(self, **settings: Any) -> None:
        (self.directory / "settings.json").write_text(json.dumps(settings))

    def id(self, short: str, **inputs: Any) -> str:
        return arm_type(token(short)).id(SUBSCRIPTION, inputs)

    def begin(self, short: str, create: bool = True, **inputs: Any) -> Operation:
        return self.azure.begin_put(token(short), self.id(short, **inputs), inputs, create=create)

    def put(self, short: str, create: bool = True, **inputs: Any) -> Object:
        outputs = self.azure.wait(self.begin(short, create, **inputs), NEVER)
        assert outputs is not None
        return {"id": self.id(short, **inputs), **outputs}

    def update(self, short: str, **inputs: Any) -> Object:
        return self.put(short, False, **inputs)

    def delete(self, short: str, resource_id: str) -> None:
        assert self.azure.wait(self.azure.begin_delete(token(short), resource_id), NEVER) is None

    def get(self, short: str, resource_id: str) -> Object | None:
        return self.azure.get(token(short), resource_id)

    def network(self) -> str:
        """A network with the subnet `build`; returns the subnet's id."""
        self.put(
            "network:VirtualNetwork",
            resourceGroupName="ci",
            virtualNetworkName="net",
            location="westeurope",
            addressSpace={"addressPrefixes": ["10.240.0.0/16"]},
        )
        return str(self.subnet("build", "10.240.0.0/18")["id"])

    def subnet(self, name: str, prefix: str, **inputs: Any) -> Object:
        return self.put(
            "network:Subnet",
            resourceGroupName="ci",
            virtualNetworkName="net",
            subnetName=name,
            addressPrefix=prefix,
            **inputs,
        )

    def identity(self, name: str = "agents") -> Object:
        return self.put(
            "managedidentity:UserAssignedIdentity", resourceGroupName="ci", resourceName=name, location="westeurope"
        )

    def cluster(self, **changes: Any) -> Object:
        return self.put("containerservice:ManagedCluster", **cluster_inputs(**changes))

    def pool(self, **changes: Any) -> Object:
        return self.put("containerservice:AgentPool", **pool_inputs(**changes))

    def text(self) -> str:
        """All that the store holds."""
        return "".join(path.read_text() for path in sorted(self.directory.iterdir()) if path.is_file())
