"""Clusters of AKS, and their maintenance windows, by themselves.

Sources: Azure/azure-resource-manager-schemas containerService 2025-09-01; azure-aks-docs create-node-pools (a first
pool that is a Linux system pool), azure-cni-overlay, azure-cni-powered-by-cilium, egress-outboundtype, nat-gateway,
managed-azure-ad, workload-identity-overview, api-server-authorized-ip-ranges, private-clusters, image-cleaner,
auto-upgrade-cluster, planned-maintenance, use-group-managed-service-accounts; virtual-machines/windows/faq (names and
passwords of administrators); read 2026-08-21.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals import network, pool, versions, windows_login
from sandbox.azure.refusals.common import (
    GUID,
    between,
    items,
    managed_identity,
    name,
    one_of,
    refused,
    required,
    unique,
)
from sandbox.azure.values import Object, flag_at, is_absent, object_at, text_at, value_at

NAME: Final = r"[A-Za-z0-9]([-_A-Za-z0-9]{0,61}[A-Za-z0-9])?"
OUTBOUND: Final = (
    "block",
    "loadBalancer",
    "managedNATGateway",
    "none",
    "userAssignedNATGateway",
    "userDefinedRouting",
)


def names(inputs: Object) -> Iterator[Refusal]:
    """Name, DNS prefix, node resource group, version, tier."""
    words = "1 to 63 letters, digits, hyphens and underscores, with a letter or digit at both ends"
    yield from name(inputs, "resourceName", NAME, words)
    words = "1 to 54 letters, digits and hyphens, with a letter or digit at both ends"
    yield from name(inputs, "dnsPrefix", r"[A-Za-z0-9]([-A-Za-z0-9]{0,52}[A-Za-z0-9])?", words, "InvalidDNSPrefix")
    if is_absent(inputs, "dnsPrefix") and is_absent(inputs, "fqdnSubdomain"):
        yield refused("dnsPrefix", None, "a prefix, or fqdnSubdomain", "give one")
    words = "1 to 80 letters, digits and characters of -_.(), not ending in a period"
    yield from name(inputs, "nodeResourceGroup", r"[-\w.()]{0,79}[-\w()]", words)
    yield from required(inputs, ["location"])
    version = text_at(inputs, "kubernetesVersion")
    yield from versions.known("kubernetesVersion", version)
    yield from one_of(inputs, "sku.tier", ("Free", "Standard", "Premium"))
    yield from one_of(inputs, "sku.name", ("Automatic", "Base"))
    yield from one_of(inputs, "supportPlan", ("AKSLongTermSupport", "KubernetesOfficial"))
    long_term = text_at(inputs, "supportPlan") == "AKSLongTermSupport"
    if long_term and value_at(inputs, "sku.tier") in (None, "Free", "Standard"):
        yield refused("supportPlan", "AKSLongTermSupport", "only with tier Premium", "choose the tier Premium")
    if versions.minor(version) in versions.LONG_TERM_ONLY and value_at(inputs, "supportPlan") in (
        None,
        "KubernetesOfficial",
    ):
        allowed = f"{versions.ordinary()}, or long-term support (tier Premium)"
        yield refused("kubernetesVersion", version, allowed, "choose a newer one", "K8sVersionNotSupported")


def inline_pools(inputs: Object) -> Iterator[Refusal]:
    """At least one pool, of them a Linux system pool, and each a legal one."""
    if is_absent(inputs, "agentPoolProfiles") or value_at(inputs, "agentPoolProfiles") == []:
        yield refused("agentPoolProfiles", None, "at least one Linux pool with mode System", "add one")
        return
    found = list(items(inputs, "agentPoolProfiles"))
    for path, profile in found:
        yield from required(profile, ["name"], prefix=f"{path}.")
        yield from pool.check(profile, f"{path}.", "name")
    yield from unique(((f"{path}.name", text_at(profile, "name")) for path, profile in found), "names of pools")
    system = [profile for _, profile in found if text_at(profile, "mode") == "System"]
    if found and not system and all(value_at(profile, "mode") in (None, "User") for _, profile in found):
        yield refused("agentPoolProfiles", "no pool with mode System", "at least one", "write mode System on one")


def networking(inputs: Object) -> Iterator[Refusal]:
    """Plugin, policy, addresses and egress that go together."""
    path = "networkProfile."
    yield from one_of(inputs, f"{path}networkPlugin", ("azure", "kubenet", "none"))
    yield from one_of(inputs, f"{path}networkPluginMode", ("overlay",))
    yield from one_of(inputs, f"{path}networkPolicy", ("azure", "calico", "cilium", "none"))
    yield from one_of(inputs, f"{path}networkDataplane", ("azure", "cilium"))
    yield from one_of(inputs, f"{path}outboundType", OUTBOUND)
    plugin, policy = text_at(inputs, f"{path}networkPlugin"), text_at(inputs, f"{path}networkPolicy")
    dataplane = value_at(inputs, f"{path}networkDataplane")
    if text_at(inputs, f"{path}networkPluginMode") == "overlay" and plugin not in (None, "azure"):
        yield refused(f"{path}networkPluginMode", "overlay", "only with networkPlugin azure", "write azure")
    if policy == "cilium" and dataplane in (None, "azure"):
        yield refused(f"{path}networkPolicy", policy, "only with networkDataplane cilium", "set networkDataplane")
    if dataplane == "cilium" and policy not in (None, "cilium"):
        yield refused(f"{path}networkPolicy", policy, "cilium with networkDataplane cilium", "write cilium")
    windows = [where for where, item in items(inputs, "agentPoolProfiles") if text_at(item, "osType") == "Windows"]
    for where in windows:
        yield from windows_network(inputs, f"{where}.osType")
        if is_absent(inputs, "windowsProfile"):
            yield refused("windowsProfile", None, "a profile where there is a Windows pool", "set it at creation")
    yield from _addresses(inputs, path)
    outbound, has_subnet = text_at(inputs, f"{path}outboundType"), _subnets(inputs)
    if outbound == "managedNATGateway" and has_subnet:
        allowed = "userAssignedNATGateway on a subnet of yours"
        yield refused(f"{path}outboundType", outbound, allowed, "make a NAT gateway, or leave vnetSubnetID out")
    if outbound in ("userAssignedNATGateway", "userDefinedRouting") and has_subnet is False:
        allowed = f"a subnet of yours with {outbound}"
        yield refused(
            "agentPoolProfiles[0].vnetSubnetID", None, allowed, "name the subnet", "InvalidUserAssignedNATGateway"
        )


def windows_network(cluster: Object, path: str) -> Iterator[Refusal]:
    """Networks on which no Windows node runs, by the cluster's properties; `path` is what asks for Windows."""
    if text_at(cluster, "networkProfile.networkPlugin") in ("kubenet", "none"):
        plugin = text_at(cluster, "networkProfile.networkPlugin")
        yield refused(path, "Windows", f"networkPlugin azure, and it is {plugin}", "make the cluster with azure")
    if "cilium" in (
        text_at(cluster, "networkProfile.networkDataplane"),
        text_at(cluster, "networkProfile.networkPolicy"),
    ):
        yield refused(path, "Windows", "no Cilium, which runs on Linux only", "make the cluster with calico")


def _subnets(inputs: Object) -> bool | None:
    """Whether the first pool is on a subnet of the user's."""
    for _, item in items(inputs, "agentPoolProfiles"):
        return value_at(item, "vnetSubnetID") is not None
    return None


def _addresses(inputs: Object, path: str) -> Iterator[Refusal]:
    found = {key: text_at(inputs, path + key) for key in ("podCidr", "serviceCidr")}
    for key, value in found.items():
        yield from network.cidr(path + key, value)
    pods, services = (network.parsed(value) for value in found.values())
    if pods and services and network.overlap(pods, services):
        allowed = f"networks that do not overlap, and serviceCidr is {found['serviceCidr']}"
        yield refused(f"{path}podCidr", found["podCidr"], allowed, "move one of them", "InvalidPodCIDR")
    dns = text_at(inputs, f"{path}dnsServiceIP")
    if dns is None:
        return
    try:
        address = ipaddress.ip_address(dns)
    except ValueError:
        yield refused(f"{path}dnsServiceIP", dns, "an IPv4 address", "write the tenth of serviceCidr")
        return
    if services and (address not in services or address == services[1]):
        allowed = f"an address of serviceCidr {found['serviceCidr']} but its first"
        yield refused(f"{path}dnsServiceIP", dns, allowed, f"write {services[10]}", "InvalidDNSServiceIP")


def login(inputs: Object) -> Iterator[Refusal]:
    """Who gets in: identities, Entra, local accounts, the API server's callers."""
    if is_absent(inputs, "identity") and is_absent(inputs, "servicePrincipalProfile"):
        yield refused("identity", None, "an identity", "give one, for example SystemAssigned")
    yield from managed_identity(inputs, ("None", "SystemAssigned", "UserAssigned"))
    ids = value_at(inputs, "identity.userAssignedIdentities")
    if isinstance(ids, list | dict) and len(ids) > 1:
        yield refused("identity.userAssignedIdentities", ids, "exactly one", "keep one")
    aad = value_at(inputs, "aadProfile")
    if flag_at(inputs, "disableLocalAccounts") and aad is None:
        allowed = "only with aadProfile, as nobody could log in"
        yield refused("disableLocalAccounts", True, allowed, "add aadProfile", "BadRequest")
    for path, group in items(inputs, "aadProfile.adminGroupObjectIDs"):
        if isinstance(group, str) and GUID.fullmatch(group) is None:
            yield refused(path, group, "the object id of a group", "give the id, not the name")
    if flag_at(inputs, "securityProfile.workloadIdentity.enabled") and value_at(
        inputs, "oidcIssuerProfile.enabled"
    ) in (None, False):
        path = "securityProfile.workloadIdentity.enabled"
        yield refused(path, True, "only with oidcIssuerProfile.enabled", "enable the issuer")
    private = flag_at(inputs, "apiServerAccessProfile.enablePrivateCluster")
    ranges = list(items(inputs, "apiServerAccessProfile.authorizedIPRanges"))
    if private and ranges:
        path = "apiServerAccessProfile.authorizedIPRanges"
        yield refused(path, [item for _, item in ranges], "nothing on a private cluster", "leave it out")
    for path, item in ranges:
        if isinstance(item, str) and network.parsed(item) is None:
            yield refused(path, item, "a network or an address", "write it like 203.0.113.7/32")
    zone = text_at(inputs, "apiServerAccessProfile.privateDNSZone")
    if zone is not None and private is False:
        yield refused("apiServerAccessProfile.privateDNSZone", zone, "nothing on a public cluster", "leave it out")
    custom = zone is not None and zone.startswith("/")
    if custom and text_at(inputs, "identity.type") == "SystemAssigned":
        allowed = "a UserAssigned identity with a private DNS zone of yours"
        yield refused("identity.type", "SystemAssigned", allowed, "make an identity")


def windows(inputs: Object) -> Iterator[Refusal]:
    """The administrator of Windows nodes, and gMSA."""
    if not object_at(inputs, "windowsProfile"):
        return
    path = "windowsProfile."
    yield from windows_login.username(f"{path}adminUsername", value_at(inputs, f"{path}adminUsername"))
    yield from windows_login.password(f"{path}adminPassword", value_at(inputs, f"{path}adminPassword"))
    yield from one_of(inputs, f"{path}licenseType", ("None", "Windows_Server"))
    server, domain = (value_at(inputs, f"{path}gmsaProfile.{key}") for key in ("dnsServer", "rootDomainName"))
    if (server in (None, "")) != (domain in (None, "")):
        key = "dnsServer" if server in (None, "") else "rootDomainName"
        yield refused(f"{path}gmsaProfile.{key}", None, "both dnsServer and rootDomainName, or neither", "give both")


def upkeep(inputs: Object) -> Iterator[Refusal]:
    """Upgrade channels, add-ons, image cleaner, Defender."""
    yield from one_of(inputs, "autoUpgradeProfile.upgradeChannel", ("rapid", "stable", "patch", "node-image", "none"))
    channels = ("None", "Unmanaged", "NodeImage", "SecurityPatch")
    yield from one_of(inputs, "autoUpgradeProfile.nodeOSUpgradeChannel", channels)
    nodes = text_at(inputs, "autoUpgradeProfile.nodeOSUpgradeChannel")
    if text_at(inputs, "autoUpgradeProfile.upgradeChannel") == "node-image" and nodes not in (None, "NodeImage"):
        path = "autoUpgradeProfile.nodeOSUpgradeChannel"
        yield refused(path, nodes, "NodeImage where upgradeChannel is node-image", "write NodeImage")
    yield from between(inputs, "securityProfile.imageCleaner.intervalHours", 24, 2160, "hours")
    path = "securityProfile.defender."
    if flag_at(inputs, f"{path}securityMonitoring.enabled") and is_absent(
        inputs, f"{path}logAnalyticsWorkspaceResourceId"
    ):
        yield refused(f"{path}logAnalyticsWorkspaceResourceId", None, "a workspace with Defender", "name one")
    workspace = "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID"
    if flag_at(inputs, "addonProfiles.omsagent.enabled") and is_absent(inputs, workspace):
        yield refused(workspace, None, "a workspace with the add-on omsagent", "name one")


RULES: Final = (names, inline_pools, networking, login, windows, upkeep)

_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_OFFSET: Final = re.compile(r"[+-]\d{2}:\d{2}")
CONFIGURATIONS: Final = ("aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule", "default")


def maintenance(inputs: Object) -> Iterator[Refusal]:
    """One of three names; a window of 4 to 24 hours."""
    yield from one_of(inputs, "configName", CONFIGURATIONS)
    config = text_at(inputs, "configName")
    if config in CONFIGURATIONS[:2]:
        yield from required(inputs, ["maintenanceWindow"], f"{config} takes a window with a schedule")
    path = "maintenanceWindow."
    if not object_at(inputs, "maintenanceWindow"):
        return
    yield from required(inputs, [f"{path}durationHours", f"{path}schedule", f"{path}startTime"])
    yield from between(inputs, f"{path}durationHours", 4, 24, "hours")
    for key, pattern in (("startTime", _TIME), ("utcOffset", _OFFSET)):
        value = text_at(inputs, path + key)
        if value is not None and pattern.fullmatch(value) is None:
            yield refused(path + key, value, "HH:MM, an offset with its sign", "write it like 02:00 or +01:00")
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    yield from one_of(inputs, f"{path}schedule.weekly.dayOfWeek", days)
    yield from between(inputs, f"{path}schedule.weekly.intervalWeeks", 1, 4, "weeks")
    yield from between(inputs, f"{path}schedule.daily.intervalDays", 1, 7, "days")
    kinds = [key for key, value in object_at(inputs, f"{path}schedule").items() if value is not None]
    if len(kinds) > 1:
        yield refused(f"{path}schedule", sorted(kinds), "exactly one kind of schedule", "keep one")
