"""What AKS makes of what a request leaves out: the properties that it answers beside those that were given.

All of them are outputs, and so the inputs that an import finds. Sources: defaults in the REST reference of managed
clusters and agent pools, 2025-09-01; azure-aks-docs cluster-autoscaler (its profile) and upgrade-aks-cluster (surge);
an answer of Azure quoted in terraform-provider-azurerm#23436; read 2026-08 to 2026-11. What none of them tells is left
out.
"""

from __future__ import annotations

import copy
import ipaddress
from typing import Final

from sandbox.azure.refusals import versions
from sandbox.azure.values import Object, list_at, object_at, text_at

_POOL: Final[Object] = {
    "enableAutoScaling": False,
    "enableEncryptionAtHost": False,
    "enableFIPS": False,
    "enableNodePublicIP": False,
    "enableUltraSSD": False,
    "kubeletDiskType": "OS",
    "mode": "User",
    "osDiskSizeGB": 128,
    "osDiskType": "Managed",
    "osType": "Linux",
    "scaleDownMode": "Delete",
    "securityProfile": {"enableSecureBoot": False, "enableVTPM": False},
    "type": "VirtualMachineScaleSets",
}
"""Azure's own choice of disk is `Ephemeral` where the size has room; which sizes have is not known here."""
_CLUSTER: Final[Object] = {
    "bootstrapProfile": {"artifactSource": "Direct"},
    "disableLocalAccounts": False,
    "enableRBAC": True,
    "metricsProfile": {"costAnalysis": {"enabled": False}},
    "servicePrincipalProfile": {"clientId": "msi"},
    "sku": {"name": "Base", "tier": "Free"},
    "storageProfile": {
        "diskCSIDriver": {"enabled": True},
        "fileCSIDriver": {"enabled": True},
        "snapshotController": {"enabled": True},
    },
    "supportPlan": "KubernetesOfficial",
}
_NETWORK: Final[Object] = {
    "ipFamilies": ["IPv4"],
    "loadBalancerSku": "standard",
    "outboundType": "loadBalancer",
    "serviceCidr": "10.0.0.0/16",
}
_AUTOSCALER: Final[Object] = {
    "balanceSimilarNodeGroups": "false",
    "expander": "random",
    "maxEmptyBulkDelete": "10",
    "maxGracefulTerminationSec": "600",
    "maxNodeProvisionTime": "15m",
    "maxTotalUnreadyPercentage": "45",
    "newPodScaleUpDelay": "0s",
    "okTotalUnreadyCount": "3",
    "scaleDownDelayAfterAdd": "10m",
    "scaleDownDelayAfterDelete": "10s",
    "scaleDownDelayAfterFailure": "3m",
    "scaleDownUnneededTime": "10m",
    "scaleDownUnreadyTime": "20m",
    "scaleDownUtilizationThreshold": "0.5",
    "scanInterval": "10s",
    "skipNodesWithLocalStorage": "false",
    "skipNodesWithSystemPods": "true",
}


def cluster(made: Object, found: Object | None) -> Object:
    """A cluster's properties with those that AKS adds, but for its pools; `found` is its record, on an update."""
    before = {} if found is None else object_at(found["properties"], "networkProfile")
    completed = {**copy.deepcopy(_CLUSTER), **made}
    completed["networkProfile"] = _network({**copy.deepcopy(before), **object_at(made, "networkProfile")})
    completed["autoUpgradeProfile"] = {"nodeOSUpgradeChannel": "NodeImage", **object_at(made, "autoUpgradeProfile")}
    if made.get("windowsProfile"):
        completed["windowsProfile"] = {"enableCSIProxy": True, **made["windowsProfile"]}
    if any(pool.get("enableAutoScaling") for pool in list_at(made, "agentPoolProfiles") or []):
        completed["autoScalerProfile"] = {**_AUTOSCALER, **object_at(made, "autoScalerProfile")}
    return completed


def _network(given: Object) -> Object:
    made = copy.deepcopy(given)
    for key in ("podCidr", "serviceCidr"):
        if made.get(f"{key}s"):
            made.setdefault(key, made[f"{key}s"][0])
    made = {**copy.deepcopy(_NETWORK), **made}
    if text_at(made, "networkPlugin") == "azure":
        made.setdefault("networkDataplane", "azure")
    if text_at(made, "networkPluginMode") == "overlay" or text_at(made, "networkPlugin") == "kubenet":
        made.setdefault("podCidr", "10.244.0.0/16")
    made.setdefault("dnsServiceIP", str(ipaddress.ip_network(made["serviceCidr"], strict=False)[10]))
    for key in ("podCidr", "serviceCidr"):
        if made.get(key):
            made.setdefault(f"{key}s", [made[key]])
    if made["outboundType"] == "loadBalancer":
        made["loadBalancerProfile"] = {
            "backendPoolType": "nodeIPConfiguration",
            "managedOutboundIPs": {"count": 1},
            **object_at(made, "loadBalancerProfile"),
        }
    return made


def pool(inputs: Object, cluster: Object, found: Object | None) -> Object:
    """A pool's properties with those that AKS adds, some of them by its cluster; `found` is its record."""
    overlay = text_at(cluster, "networkProfile.networkPluginMode") == "overlay"
    kubenet = text_at(cluster, "networkProfile.networkPlugin") == "kubenet"
    made = {**copy.deepcopy(_POOL), **{key: value for key, value in inputs.items() if value is not None}}
    made["osDiskSizeGB"] = made["osDiskSizeGB"] or 128
    made.setdefault("maxPods", 250 if overlay else 110 if kubenet else 30)
    if made.get("scaleSetPriority") != "Spot":
        made.setdefault("upgradeSettings", {"maxSurge": "10%"})
    minor = versions.minor(text_at(made, "orchestratorVersion") or text_at(cluster, "kubernetesVersion")) or 0
    made.setdefault(
        "osSKU", ("Windows2025" if minor >= 36 else "Windows2022") if made["osType"] == "Windows" else "Ubuntu"
    )
    count(made, None if found is None else found["properties"])
    made["count"] = 1 if made.get("count") is None else int(made["count"])
    return made


def count(made: Object, before: Object | None) -> None:
    """Set how many nodes a pool has after a request, by what it was, in AKS or on Azure Local.

    A pool that scales itself keeps its number, within its bounds; a new one that states none begins with `minCount`,
    and with one node where that is 0. A pool that does not scale itself keeps its number unless the request states it.
    """
    live = None if before is None else before.get("count")
    if made.get("enableAutoScaling"):
        low, high = int(made["minCount"]), int(made["maxCount"])
        if live is not None:
            made["count"] = min(max(int(live), low), high)
        elif made.get("count") is None:
            made["count"] = max(low, 1)
    elif live is not None and made.get("count") is None:
        made["count"] = int(live)
