"""Resources that every rule passes, as ours register them, to be varied by the cases."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from rules.policies.fleet import Fleet, FleetPool, FleetTaint
from rules.policies.node import UNKNOWN
from rules.policies.resource import Options, Resource

__all__ = [
    "EXEMPT",
    "FLEET",
    "UNKNOWN",
    "Options",
    "Resource",
    "agent_pool",
    "cluster",
    "kubernetes",
    "with_spec",
    "workload",
]

OWN = "registry.example.com/buildfleet"
DIGEST = "sha256:" + "0123456789abcdef" * 4
LINUX_TAINT = FleetTaint(key="buildfleet.dev/purpose", value="build", effect="NoSchedule")
WINDOWS_TAINT = FleetTaint(key="sku", value="Windows", effect="NoSchedule")

FLEET = Fleet(
    stack="dev",
    registries=(OWN, "docker.io/library/docker", "docker.io/moby/buildkit", "ghcr.io/actions"),
    own_repositories=(OWN,),
    host_paths=("/var/lib/buildfleet/caches",),
    pools=(
        FleetPool(name="system", os="linux", purpose="system", selector={"agentpool": "system"}),
        FleetPool(
            name="lin", os="linux", selector={"agentpool": "lin", "kubernetes.io/os": "linux"}, taints=(LINUX_TAINT,)
        ),
        FleetPool(
            name="pr",
            os="linux",
            trust="untrusted",
            selector={"agentpool": "pr", "kubernetes.io/os": "linux"},
            taints=(LINUX_TAINT,),
        ),
        FleetPool(
            name="win22",
            os="windows",
            selector={"agentpool": "win22", "kubernetes.io/os": "windows"},
            taints=(WINDOWS_TAINT,),
            os_sku="Windows2022",
        ),
    ),
)

EXEMPT = replace(FLEET, exempt_namespaces=("kube-system",))
"""A program that puts parts of a cluster into its own namespace, and says so."""

_RESOURCES = {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}
_PLAIN = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _on(pool: str, **more: Any) -> dict[str, Any]:
    """A pod spec on a pool of the fleet."""
    there = next(one for one in FLEET.pools if one.name == pool)
    tolerations = [{"key": t.key, "operator": "Equal", "value": t.value, "effect": t.effect} for t in there.taints]
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "serviceAccountName": "azdo-agent",
        "os": {"name": there.os},
        "nodeSelector": dict(there.selector),
        "tolerations": tolerations,
        "terminationGracePeriodSeconds": 3600,
        **more,
    }


def linux_agent() -> dict[str, Any]:
    """Spec of a Linux agent without Docker, for `azdo-agents`."""
    agent = {
        "name": "agent",
        "image": f"{OWN}/azure-devops-agent:1-linux",
        "securityContext": _PLAIN,
        "resources": _RESOURCES,
    }
    return copy.deepcopy(_on("lin", containers=[agent]))


def docker_agent() -> dict[str, Any]:
    """Spec of a Linux agent with a privileged daemon beside it, for `azdo-agents-docker`."""
    daemon = {
        "name": "docker",
        "image": f"docker.io/library/docker:29.2.1-dind@{DIGEST}",
        "restartPolicy": "Always",
        "securityContext": {"privileged": True, "runAsUser": 0},
        "resources": _RESOURCES,
    }
    return copy.deepcopy({**linux_agent(), "initContainers": [daemon]})


def windows_agent() -> dict[str, Any]:
    """Spec of a Windows agent with the node's pipe, for `azdo-agents-docker`."""
    agent = {
        "name": "agent",
        "image": f"{OWN}/azure-devops-agent:1-ltsc2022",
        "securityContext": {"windowsOptions": {"runAsUserName": "ContainerAdministrator"}},
        "resources": _RESOURCES,
        "env": [{"name": "DOCKER_HOST", "value": "npipe:////./pipe/docker_engine"}],
        "volumeMounts": [{"name": "docker-pipe", "mountPath": r"\\.\pipe\docker_engine"}],
    }
    volume = {"name": "docker-pipe", "hostPath": {"path": r"\\.\pipe\docker_engine"}}
    return copy.deepcopy(_on("win22", containers=[agent], volumes=[volume]))


def engine() -> dict[str, Any]:
    """Spec of the engine's supervisor, a HostProcess pod, for `docker-engine`."""
    supervisor = {"name": "supervisor", "image": f"{OWN}/docker-engine:1-29.2.1", "resources": _RESOURCES}
    options = {"hostProcess": True, "runAsUserName": r"NT AUTHORITY\SYSTEM"}
    spec = _on(
        "win22",
        containers=[supervisor],
        hostNetwork=True,
        serviceAccountName="docker-engine",
        automountServiceAccountToken=True,
        securityContext={"windowsOptions": options},
    )
    return copy.deepcopy(spec)


def kubernetes(token: str, body: dict[str, Any], *, name: str = "thing", **more: Any) -> Resource:
    """A resource of Kubernetes; `token` is for example `core/v1:ConfigMap`."""
    module, _, kind = token.partition(":")
    version = module.removeprefix("core/")
    head = {"apiVersion": version, "kind": kind.removesuffix("Patch")}
    return Resource(type=f"kubernetes:{token}", name=name, inputs={**head, **copy.deepcopy(body)}, **more)


SAFE = {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}


def workload(spec: dict[str, Any], namespace: object, token: str = "apps/v1:Deployment", **more: Any) -> Resource:
    """A workload of some kind with this pod spec: its template is where that kind has it."""
    metadata = {"name": "thing", **({} if namespace is None else {"namespace": namespace})}
    kind = token.partition(":")[2].removesuffix("Patch")
    template = {"metadata": copy.deepcopy(SAFE), "spec": spec}
    if kind == "Pod":
        return kubernetes(token, {"metadata": {**metadata, **copy.deepcopy(SAFE)}, "spec": spec}, **more)
    inner: dict[str, Any] = {"template": template}
    if kind == "CronJob":
        inner = {"jobTemplate": {"spec": {"template": template}}, "schedule": "@daily"}
    elif kind == "ScaledJob":
        inner = {"jobTargetRef": {"template": template}}
    return kubernetes(token, {"metadata": metadata, "spec": inner}, **more)


def with_spec(spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A copy of a pod spec with other values at its top."""
    return {**copy.deepcopy(spec), **more}


def agent_pool(**more: Any) -> Resource:
    """A Linux build pool of AKS, as ours makes it; `more` are inputs, `options` the resource's options."""
    options = more.pop("options", Options(ignore_changes=("count",), protect=True))
    inputs = {
        "agentPoolName": "lino180",
        "availabilityZones": ["1", "2", "3"],
        "enableAutoScaling": True,
        "enableEncryptionAtHost": False,
        "enableFIPS": False,
        "maxCount": 10,
        "maxPods": 110,
        "minCount": 1,
        "mode": "User",
        "nodeLabels": {
            "buildfleet.dev/pool": "lin",
            "buildfleet.dev/purpose": "build",
            "buildfleet.dev/stack": "aks",
            "buildfleet.dev/trust": "trusted",
        },
        "nodeTaints": ["buildfleet.dev/purpose=build:NoSchedule"],
        "orchestratorVersion": "1.36",
        "osDiskSizeGB": 256,
        "osDiskType": "Managed",
        "osSKU": "Ubuntu",
        "osType": "Linux",
        "resourceGroupName": "fleet",
        "resourceName": "fleet",
        "tags": {"environment": "prod", "owner": "platform-team", "costCenter": "4711"},
        "type": "VirtualMachineScaleSets",
        "upgradeSettings": {
            "drainTimeoutInMinutes": 90,
            "maxSurge": "33%",
            "nodeSoakDurationInMinutes": 0,
            "undrainableNodeBehavior": "Cordon",
        },
        "vmSize": "Standard_D8ds_v5",
        "vnetSubnetID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/t",
    }
    return Resource(
        type="azure-native:containerservice:AgentPool",
        name="lin",
        inputs={**inputs, **copy.deepcopy(more)},
        options=options,
    )


def cluster(**more: Any) -> Resource:
    """An AKS cluster as ours makes it, with its system pool; `more` are inputs, `options` the resource's options."""
    options = more.pop("options", Options(protect=True, ignore_changes=("agentPoolProfiles[0].count",)))
    pool = agent_pool().inputs
    system = {
        **{
            key: value
            for key, value in pool.items()
            if key not in ("agentPoolName", "resourceGroupName", "resourceName")
        },
        "name": "system",
        "mode": "System",
        "minCount": 3,
        "maxCount": 5,
        "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"],
        "vmSize": "Standard_D4ds_v5",
        "osDiskSizeGB": 128,
        "nodeLabels": {**dict(pool["nodeLabels"]), "buildfleet.dev/pool": "system", "buildfleet.dev/purpose": "system"},  # type: ignore[call-overload]
    }
    inputs = {
        "aadProfile": {
            "enableAzureRBAC": True,
            "managed": True,
            "adminGroupObjectIDs": ["group"],
            "tenantID": "tenant",
        },
        "addonProfiles": {
            "azureKeyvaultSecretsProvider": {"enabled": True, "config": {"enableSecretRotation": "true"}},
            "azurepolicy": {"enabled": True, "config": {"version": "v2"}},
        },
        "agentPoolProfiles": [system],
        "apiServerAccessProfile": {
            "authorizedIPRanges": ["203.0.113.0/24"],
            "disableRunCommand": True,
            "enablePrivateCluster": False,
        },
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage", "upgradeChannel": "patch"},
        "disableLocalAccounts": True,
        "dnsPrefix": "fleet",
        "enableRBAC": True,
        "identity": {"type": "UserAssigned", "userAssignedIdentities": ["control-plane"]},
        "kubernetesVersion": "1.36",
        "location": "westeurope",
        "networkProfile": {
            "loadBalancerSku": "standard",
            "networkDataplane": "azure",
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkPolicy": "calico",
        },
        "oidcIssuerProfile": {"enabled": True},
        "resourceGroupName": "fleet",
        "resourceName": "fleet",
        "securityProfile": {
            "defender": {"logAnalyticsWorkspaceResourceId": "workspace", "securityMonitoring": {"enabled": True}},
            "imageCleaner": {"enabled": True, "intervalHours": 168},
            "workloadIdentity": {"enabled": True},
        },
        "sku": {"name": "Base", "tier": "Standard"},
        "tags": {"environment": "prod", "owner": "platform-team", "costCenter": "4711"},
        "windowsProfile": {"adminUsername": "fleet", "licenseType": "None"},
    }
    return Resource(
        type="azure-native:containerservice:ManagedCluster",
        name="cluster",
        inputs={**inputs, **copy.deepcopy(more)},
        options=options,
    )
