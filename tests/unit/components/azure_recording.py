"""`mocks.deploy` for programs that make resources of Azure.

Owns the outputs that Azure adds and that others build on (names, principals, issuers), and what the plain recording
leaves out: `replaceOnChanges`, and whether `deleteBeforeReplace` was said at all.

Outputs have the shapes of the API: `identity.userAssignedIdentities` goes in as a list and comes out as a map.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks as pulumi_mocks

from tests.unit.components.mocks import STACK_TYPE, RecordingMocks, RecordingMonitor

CREDENTIALS = "azure-native:containerservice:listManagedClusterUserCredentials"

_NAME_KEYS: Mapping[str, str] = {
    "AgentPool": "agentPoolName",
    "ManagedCluster": "resourceName",
    "MaintenanceConfiguration": "configName",
    "NatGateway": "natGatewayName",
    "NetworkSecurityGroup": "networkSecurityGroupName",
    "PublicIPAddress": "publicIpAddressName",
    "Registry": "registryName",
    "ResourceGroup": "resourceGroupName",
    "Subnet": "subnetName",
    "UserAssignedIdentity": "resourceName",
    "Vault": "vaultName",
    "VirtualNetwork": "virtualNetworkName",
    "Workspace": "workspaceName",
}


class AzureMocks(RecordingMocks):
    """Answers as Azure would, as far as the program reads it."""

    def __init__(self, *, calls: Mapping[str, Any]) -> None:
        super().__init__(calls=calls)
        self.asked: list[str] = []
        """Every call, by its token."""

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identity, outputs = super().new_resource(args)
        if not args.typ.startswith("azure-native:"):
            return identity, outputs
        kind = args.typ.rsplit(":", 1)[-1]
        if kind in _NAME_KEYS:
            outputs["name"] = args.inputs.get(_NAME_KEYS[kind], args.name)
        if "identity" in outputs:
            given = outputs["identity"].get("userAssignedIdentities", [])
            outputs["identity"] = {**outputs["identity"], "userAssignedIdentities": {one: {} for one in given}}
        outputs.update(_made(kind, args))
        return identity, outputs

    def call(self, args: pulumi_mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.asked.append(args.token)
        answer, _ = super().call(args)
        # The SDK lists the failures of an answer, and takes no `None` for none.
        return answer, []


def _made(kind: str, args: pulumi_mocks.MockResourceArgs) -> dict[str, Any]:
    match kind:
        case "ManagedCluster":
            return {"oidcIssuerProfile": {"enabled": True, "issuerURL": "https://issuer.example/1/"}}
        case "UserAssignedIdentity":
            return {"principalId": f"{args.name}-principal", "clientId": f"{args.name}-client"}
        case "PublicIPAddress":
            return {"ipAddress": f"198.51.100.{args.name.rsplit('-', 1)[-1]}"}
        case "Registry":
            return {"loginServer": f"{args.inputs['registryName']}.azurecr.io"}
        case "Vault":
            return {"properties": {**args.inputs["properties"], "vaultUri": "https://vault.example/"}}
        case "AzureMonitorWorkspace":
            return {"metrics": {"prometheusQueryEndpoint": "https://metrics.example/", "internalId": "m"}}
        case _:
            return {}


@dataclass
class AzureMonitor(RecordingMonitor):
    """Also keeps how a resource is replaced, by its Pulumi name."""

    replace_on_changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    delete_before_replace: dict[str, bool | None] = field(default_factory=dict)
    """`None`: not said."""

    def RegisterResource(self, request: Any) -> Any:
        if request.type != STACK_TYPE:
            self.replace_on_changes[request.name] = tuple(request.replaceOnChanges)
            said = request.deleteBeforeReplaceDefined
            self.delete_before_replace[request.name] = request.deleteBeforeReplace if said else None
        return super().RegisterResource(request)

    @property
    def asked(self) -> list[str]:
        """Every call that was made, by its token."""
        assert isinstance(self.mocks, AzureMocks)
        return self.mocks.asked

    def depends_on(self, name: str) -> set[str]:
        """The Pulumi names of what a resource waits for."""
        return {urn.split("::")[3] for urn in self.named(name).dependencies}


def deploy(build: Callable[[], object], *, preview: bool = False, kubeconfig: str = "{}") -> AzureMonitor:
    """Run a little program to its end and return what it registered; `kubeconfig` is what its cluster hands out."""
    answer = {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(kubeconfig.encode()).decode()}]}
    monitor = AzureMonitor(AzureMocks(calls={CREDENTIALS: answer}))
    pulumi.runtime.set_mocks(monitor.mocks, project="buildfleet", stack="test", preview=preview, monitor=monitor)

    def program() -> None:
        build()

    pulumi.runtime.test(program)()
    return monitor
