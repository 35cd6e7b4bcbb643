"""AKS on Azure Local: connected clusters, and the two types that the generic resource stands for.

Sources: Azure/azure-resource-manager-schemas hybridContainerService 2024-01-01 and kubernetes 2024-02-01-preview, read
2026-08-16; MicrosoftDocs/azure-stack-docs AKS-Arc (scale-requirements, create-clusters-bicep, manage-node-pools), read
2026-08-21. Facts about sizes and counts stand in `rules.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.tables import azure
from rules.tables.windows import WINDOWS_SKUS
from rules.words import listed
from sandbox.azure.errors import Refusal
from sandbox.azure.refusals import network
from sandbox.azure.refusals.cluster import NAME
from sandbox.azure.refusals.common import between, items, name, one_of, refused, required
from sandbox.azure.refusals.pool import parse_taint
from sandbox.azure.types import LOCAL_CLUSTER, LOCAL_POOL
from sandbox.azure.values import Object, flag_at, is_absent, list_at, number_at, text_at, value_at

API_VERSIONS: Final = ("2024-01-01",)
OTHER_LINUX: Final = ("CBLMariner",)
WINDOWS: Final = (*(sku.name for sku in WINDOWS_SKUS.values() if sku.azure_local),)


def connected_cluster(inputs: Object) -> Iterator[Refusal]:
    """A connected cluster that stands for one that is provisioned, or for any."""
    words = "1 to 63 letters, digits, hyphens and underscores, with a letter or digit at both ends"
    yield from name(inputs, "clusterName", NAME, words)
    yield from one_of(inputs, "kind", ("AWS", "ProvisionedCluster"))
    yield from one_of(inputs, "identity.type", ("SystemAssigned",))
    yield from required(inputs, ["identity.type"], "write SystemAssigned")
    yield from one_of(inputs, "azureHybridBenefit", ("False", "NotApplicable", "True"))
    certificate = value_at(inputs, "agentPublicKeyCertificate")
    if text_at(inputs, "kind") == "ProvisionedCluster" and isinstance(certificate, str) and certificate:
        allowed = "an empty text for a cluster that is provisioned"
        yield refused("agentPublicKeyCertificate", "a text", allowed, 'write ""')


def generic(inputs: Object) -> Iterator[Refusal]:
    """The one use of the generic resource here; another type is refused, not waved through."""
    kind = arm_name(inputs)
    if kind is None:
        return
    if kind == LOCAL_CLUSTER:
        yield from _instance(inputs)
    elif kind == LOCAL_POOL:
        yield from name(
            inputs,
            "resourceName",
            r"[a-z][a-z0-9]{2,11}",
            "3 to 12 lower-case letters and digits, starting with a letter (AKS on Azure Local)",
        )
        yield from _pool(inputs, "properties.")
    else:
        yield refused(
            "resourceType",
            kind,
            "provisionedClusterInstances and its agentPools, of Microsoft.HybridContainerService",
            "use the typed resource, or add the type to sandbox/azure/refusals/azure_local.py",
            "NoRegisteredProviderFound",
        )
        return
    yield from one_of(inputs, "apiVersion", API_VERSIONS)
    yield from required(inputs, ["apiVersion"])


def arm_name(inputs: Object) -> str | None:
    """Azure's name, in lower case, of what a generic resource is; `None` while a part is unknown.

    The path of the parent holds names and types: `connectedClusters/c/providers/Microsoft.HybridContainerService`, and
    for a pool `/provisionedClusterInstances/default` behind it.
    """
    parts = [text_at(inputs, key) for key in ("resourceProviderNamespace", "parentResourcePath", "resourceType")]
    if any(part is None for part in parts):
        return None
    steps = "/".join(str(part).strip("/") for part in parts if part).lower().split("/")
    if "providers" in steps:
        steps = steps[len(steps) - steps[::-1].index("providers") :]
    return "/".join([steps[0], *steps[1::2]])


def _instance(inputs: Object) -> Iterator[Refusal]:
    path = "properties."
    if text_at(inputs, "resourceName") not in (None, "default"):
        yield refused("resourceName", inputs["resourceName"], "default", "write default")
    yield from required(inputs, ["extendedLocation.name"], "name the custom location")
    yield from one_of(inputs, "extendedLocation.type", ("CustomLocation",))
    count = number_at(inputs, f"{path}controlPlane.count")
    if count is not None and count not in (1, 3, 5):
        yield refused(f"{path}controlPlane.count", count, "1, 3 or 5", "choose one of them")
    yield from _size(inputs, f"{path}controlPlane.vmSize")
    yield from one_of(inputs, f"{path}networkProfile.networkPolicy", ("calico",))
    balancers = number_at(inputs, f"{path}networkProfile.loadBalancerProfile.count")
    if balancers:
        allowed = "0: load balancers are MetalLB's"
        yield refused(f"{path}networkProfile.loadBalancerProfile.count", balancers, allowed, "write 0")
    yield from network.cidr(f"{path}networkProfile.podCidr", text_at(inputs, f"{path}networkProfile.podCidr"))
    yield from required(inputs, [f"{path}cloudProviderProfile.infraNetworkProfile.vnetSubnetIds"])
    yield from one_of(inputs, f"{path}licenseProfile.azureHybridBenefit", ("False", "NotApplicable", "True"))
    version = text_at(inputs, f"{path}kubernetesVersion")
    if version is not None and re.fullmatch(r"1\.\d+(\.\d+)?", version) is None:
        yield refused(f"{path}kubernetesVersion", version, "a Kubernetes version", "see `az aksarc get-versions`")
    for item_path, profile in items(inputs, f"{path}agentPoolProfiles"):
        for refusal in _pool({"properties": profile}, "properties."):
            yield Refusal(refusal.path.replace("properties.", f"{item_path}.", 1), refusal.reason, refusal.code)


def _size(inputs: Object, path: str) -> Iterator[Refusal]:
    value = text_at(inputs, path)
    if value is not None and value not in azure.AZURE_LOCAL_VM_SIZES and not azure.GPU_SIZE.match(value):
        allowed = f"{listed(azure.AZURE_LOCAL_VM_SIZES)} (AKS on Azure Local)"
        yield refused(path, value, allowed, "choose one of them", "InvalidVMSize")


def _pool(inputs: Object, path: str) -> Iterator[Refusal]:
    yield from one_of(inputs, f"{path}osType", ("Linux", "Windows"))
    windows = text_at(inputs, f"{path}osType") == "Windows"
    yield from one_of(inputs, f"{path}osSKU", WINDOWS if windows else OTHER_LINUX)
    yield from _size(inputs, f"{path}vmSize")
    scaled = flag_at(inputs, f"{path}enableAutoScaling")
    numbers = {key: number_at(inputs, path + key) for key in ("count", "minCount", "maxCount")}
    for key in numbers:
        yield from between(inputs, path + key, 1, azure.AZURE_LOCAL_NODES, "AKS on Azure Local has no empty pools")
    low, high = numbers["minCount"], numbers["maxCount"]
    if scaled:
        for key in ("minCount", "maxCount"):
            if is_absent(inputs, path + key):
                yield refused(path + key, None, "a number, as enableAutoScaling is true", "give it")
    if low is not None and high is not None and low > high:
        yield refused(f"{path}minCount", low, f"at most maxCount, which is {high}", "raise maxCount, or lower minCount")
    for index, taint in enumerate(list_at(inputs, f"{path}nodeTaints") or []):
        if isinstance(taint, str) and parse_taint(taint) is None:
            yield refused(f"{path}nodeTaints[{index}]", taint, "key=value:Effect", "write it so")
    for key in ("osDiskSizeGB", "upgradeSettings", "windowsProfile", "enableFIPS", "availabilityZones", "mode"):
        if value_at(inputs, path + key) is not None:
            yield refused(
                path + key, value_at(inputs, path + key), "nothing: there is no such property", "leave it out"
            )
