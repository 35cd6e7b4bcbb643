"""Node pools of AKS: a pool by itself, without its cluster.

Sources: Azure/azure-resource-manager-schemas containerService 2025-09-01 (patterns, ranges); azure-aks-docs
create-node-pools, use-system-pools, windows-best-practices, upgrade-aks-cluster (surge, unavailable), spot-node-pool,
enable-fips-nodes, custom-node-configuration, use-labels, node-taints; read 2026-08-21. Facts about Windows and sizes
stand in `rules.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.labels import legal_key, legal_value
from rules.tables import azure, vm_sizes
from rules.tables.windows import WINDOWS_SKUS
from rules.vm_size import VmSize, parse
from rules.words import listed
from sandbox.azure.errors import Refusal
from sandbox.azure.refusals import versions
from sandbox.azure.refusals.common import between, one_of, refused, unique
from sandbox.azure.values import UNKNOWN, Object, flag_at, is_absent, list_at, number_at, object_at, text_at, value_at

LINUX_SKUS: Final = ("AzureLinux", "AzureLinux3", "Ubuntu", "Ubuntu2204", "Ubuntu2404")
# https://learn.microsoft.com/azure/virtual-machines/sizes/overview, read 2026-08-21.
NEWEST_VERSION: Final = {
    "A": 2,
    "B": 2,
    "D": 7,
    "DC": 6,
    "DS": 2,
    "E": 7,
    "EC": 6,
    "F": 7,
    "FX": 2,
    "L": 4,
    "M": 3,
    "NC": 6,
    "ND": 6,
    "NV": 5,
}
"""By family of sizes. Which sizes a region and a subscription have is not known here."""
WINDOWS_KUBELET: Final = (
    "containerLogMaxFiles",
    "containerLogMaxSizeMB",
    "imageGcHighThreshold",
    "imageGcLowThreshold",
)
_TAINT: Final = re.compile(r"(?P<key>[^=:]+)(=(?P<value>[^:]*))?:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute)")
_AMOUNT: Final = re.compile(r"\d{1,4}|\d{1,3}%")


def separate(inputs: Object) -> Iterator[Refusal]:
    """A pool that is a resource of its own."""
    yield from check(inputs, "", "agentPoolName")


def check(pool: Object, prefix: str, name_key: str) -> Iterator[Refusal]:
    """All rules of one pool, whose properties stand under `prefix`."""
    for rule in (_name, _system, _sku, _vm_size, _disk, _pods, _counts, _upgrade, _spot, _windows, _nodes):
        for refusal in rule(pool, name_key):
            yield Refusal(prefix + refusal.path, refusal.reason, refusal.code)


def parse_taint(text: str) -> tuple[str, str, str] | None:
    """Key, value and effect of `key=value:Effect`."""
    match = _TAINT.fullmatch(text)
    if match is None or not legal_key(match["key"]) or not legal_value(match["value"] or ""):
        return None
    return match["key"], match["value"] or "", match["effect"]


def _size(pool: Object) -> VmSize | None:
    return parse(text_at(pool, "vmSize") or "")


def _is_windows(pool: Object) -> bool:
    return text_at(pool, "osType") == "Windows"


def _name(pool: Object, key: str) -> Iterator[Refusal]:
    name = text_at(pool, key)
    longest = 6 if _is_windows(pool) else 12
    if name is not None and re.fullmatch(rf"[a-z][a-z0-9]{{0,{longest - 1}}}", name) is None:
        which = "Windows pools" if _is_windows(pool) else "Linux pools"
        allowed = f"1 to {longest} lower-case letters and digits, starting with a letter ({which})"
        yield refused(key, name, allowed, "shorten it" if len(name) > longest else "rename it")
    yield from one_of(pool, "type", ("VirtualMachineScaleSets", "VirtualMachines"))


def _system(pool: Object, _: str) -> Iterator[Refusal]:
    yield from one_of(pool, "mode", ("System", "User", "Gateway"))
    yield from one_of(pool, "osType", ("Linux", "Windows"))
    if text_at(pool, "mode") != "System":
        return
    if _is_windows(pool):
        yield refused("mode", "System", "User on Windows pools: system pools run Linux", "write User")
    about = _size(pool)
    if about is not None and (about.burstable or about.vcpus < vm_sizes.LEAST_SYSTEM_VCPUS):
        allowed = f"{vm_sizes.LEAST_SYSTEM_VCPUS} vCPUs or more on a system pool, and no burstable size"
        yield refused("vmSize", pool["vmSize"], allowed, "choose another size", "SystemPoolSkuTooLow")
    for taint in list_at(pool, "nodeTaints") or []:
        parsed = parse_taint(taint) if isinstance(taint, str) else None
        if parsed and parsed[2] != "PreferNoSchedule" and parsed[0] != "CriticalAddonsOnly":
            allowed = "CriticalAddonsOnly=true:NoSchedule, or taints with PreferNoSchedule, on a system pool"
            yield refused("nodeTaints", taint, allowed, "use a User pool for work that is to be alone")


def _sku(pool: Object, _: str) -> Iterator[Refusal]:
    sku, os_type = text_at(pool, "osSKU"), text_at(pool, "osType")
    if sku is None or value_at(pool, "osType") is UNKNOWN:
        return
    allowed = tuple(WINDOWS_SKUS) if os_type == "Windows" else LINUX_SKUS
    if sku not in allowed:
        words = f"{listed(allowed)} with osType {os_type or 'Linux'}"
        yield refused("osSKU", sku, words, "choose one of them, or correct osType", "InvalidOSSKU")
    elif sku in WINDOWS_SKUS and WINDOWS_SKUS[sku].needs_fips and value_at(pool, "enableFIPS") in (None, False):
        yield refused("enableFIPS", pool.get("enableFIPS"), f"true with {sku}", "write true")


def _vm_size(pool: Object, _: str) -> Iterator[Refusal]:
    name = text_at(pool, "vmSize")
    if is_absent(pool, "vmSize"):
        yield refused("vmSize", None, "a VM size", "name one, for example Standard_D8ds_v5")
    if name is None:
        return
    about = parse(name)
    if about is None or about.version > NEWEST_VERSION.get(about.family, 0):
        allowed = "a VM size that Azure has, as `az vm list-sizes` writes it"
        yield refused("vmSize", name, allowed, "write it like Standard_D8ds_v5", "VMSizeNotSupported")
    elif _is_windows(pool) and about.arm:
        allowed = "sizes with Intel or AMD processors on Windows"
        yield refused("vmSize", name, allowed, "choose one without the letter p", "VMSizeNotSupported")
    elif text_at(pool, "osSKU") == "Windows2022" and about.second_generation_only:
        allowed = "sizes up to _v5 for Windows2022, whose pools boot generation 1 images"
        yield refused("vmSize", name, allowed, "choose a _v5 size, or Windows2025", "VMSizeNotSupported")
    elif about.vcpus < vm_sizes.LEAST_VCPUS:
        yield refused("vmSize", name, f"{vm_sizes.LEAST_VCPUS} vCPUs or more", "choose a larger size")


def _disk(pool: Object, _: str) -> Iterator[Refusal]:
    yield from one_of(pool, "osDiskType", ("Managed", "Ephemeral"))
    given = number_at(pool, "osDiskSizeGB")
    sku = WINDOWS_SKUS.get(text_at(pool, "osSKU") or "")
    floor = sku.disk_floor_gb if sku else 30
    # 0 means the default.
    if given and not floor <= given <= 2048:
        what = f"the node image of {sku.name}" if sku else "the node image"
        yield refused("osDiskSizeGB", given, f"{floor} to 2048: {what} has {floor} GB", "write 128 or more")
    about = _size(pool)
    if text_at(pool, "osDiskType") == "Ephemeral" and about is not None:
        room = about.ephemeral_gb if about.local_disk else 0
        fix = "choose a size with the letter d, a larger one, or Managed"
        if room == 0:
            allowed = f"Managed: {about.name} has no disk of its own"
            yield refused("osDiskType", "Ephemeral", allowed, fix, "VMCacheSizeTooSmall")
        elif room is not None and room < (given or 0):
            allowed = f"at most {room} GB on the disk of {about.name} itself"
            yield refused("osDiskSizeGB", given, allowed, fix, "VMCacheSizeTooSmall")


def _pods(pool: Object, _: str) -> Iterator[Refusal]:
    least = azure.AKS_SYSTEM_MAX_PODS if text_at(pool, "mode") == "System" else 10
    yield from between(pool, "maxPods", least, 250, "system pools" if least > 10 else "pods a node")


def _counts(pool: Object, _: str) -> Iterator[Refusal]:
    least = 1 if text_at(pool, "mode") == "System" else 0
    where = "system pools" if least else "user pools"
    count, low, high = (number_at(pool, key) for key in ("count", "minCount", "maxCount"))
    for key in ("count", "minCount", "maxCount"):
        yield from between(pool, key, max(least, 1) if key == "maxCount" else least, 1000, where)
    scaled = flag_at(pool, "enableAutoScaling")
    if scaled:
        for key in ("minCount", "maxCount"):
            if is_absent(pool, key):
                yield refused(key, None, "a number, as enableAutoScaling is true", "give it")
        if low is not None and high is not None and low > high:
            yield refused("minCount", low, f"at most maxCount, which is {high}", "raise maxCount, or lower minCount")
        elif count is not None and low is not None and high is not None and not low <= count <= high:
            yield refused("count", count, f"{low} to {high}, as minCount and maxCount say", "choose one in between")
    elif value_at(pool, "enableAutoScaling") in (None, False):
        for key, number in (("minCount", low), ("maxCount", high)):
            if number is not None:
                yield refused(key, number, "nothing, as enableAutoScaling is not true", "set enableAutoScaling")


def _upgrade(pool: Object, _: str) -> Iterator[Refusal]:
    path = "upgradeSettings."
    surge, away = text_at(pool, f"{path}maxSurge"), text_at(pool, f"{path}maxUnavailable")
    for key, value in (("maxSurge", surge), ("maxUnavailable", away)):
        if value is not None and (_AMOUNT.fullmatch(value) is None or (value.endswith("%") and int(value[:-1]) > 100)):
            yield refused(path + key, value, "a number of nodes, or a share up to 100%", "write it like 1 or 33%")
            return
    takes = away is not None and away.rstrip("%").strip("0") != ""
    adds = surge is None or surge.rstrip("%").strip("0") != ""
    if takes and surge is not None and adds:
        yield refused(f"{path}maxUnavailable", away, "0 or nothing where maxSurge is not 0", "choose one of the two")
    if not takes and not adds and not (value_at(pool, f"{path}maxUnavailable") is not None and away is None):
        yield refused(f"{path}maxSurge", surge, "more than 0 where maxUnavailable is 0", "set one of the two")
    if takes and text_at(pool, "mode") == "System":
        yield refused(f"{path}maxUnavailable", away, "nothing on a system pool", "set maxSurge")
    yield from between(pool, f"{path}drainTimeoutInMinutes", 1, 1440, "minutes")
    yield from between(pool, f"{path}nodeSoakDurationInMinutes", 0, 30, "minutes")
    yield from one_of(pool, f"{path}undrainableNodeBehavior", ("Schedule", "Cordon"))


def _spot(pool: Object, _: str) -> Iterator[Refusal]:
    yield from one_of(pool, "scaleSetPriority", ("Regular", "Spot"))
    spot = text_at(pool, "scaleSetPriority") == "Spot"
    price = value_at(pool, "spotMaxPrice")
    if spot and text_at(pool, "mode") == "System":
        yield refused("scaleSetPriority", "Spot", "Regular on a system pool", "write Regular, or mode User")
    if spot and text_at(pool, "upgradeSettings.maxSurge") not in (None, "0"):
        surge = text_at(pool, "upgradeSettings.maxSurge")
        yield refused("upgradeSettings.maxSurge", surge, "nothing on a Spot pool", "leave it out")
    if isinstance(price, int | float) and price != -1 and price <= 0:
        yield refused("spotMaxPrice", price, "-1 for the price on demand, or more than 0", "write -1")
    if isinstance(price, int | float) and price != -1 and not spot and value_at(pool, "scaleSetPriority") != "Spot":
        yield refused("spotMaxPrice", price, "nothing but on a Spot pool", "set scaleSetPriority, or leave it out")


def _windows(pool: Object, _: str) -> Iterator[Refusal]:
    if _is_windows(pool):
        if object_at(pool, "linuxOSConfig"):
            yield refused("linuxOSConfig", pool["linuxOSConfig"], "nothing on a Windows pool", "leave it out")
        for key in sorted(object_at(pool, "kubeletConfig")):
            if key not in WINDOWS_KUBELET:
                yield refused(f"kubeletConfig.{key}", key, listed(WINDOWS_KUBELET, "and"), "leave it out")
    elif value_at(pool, "osType") in ("Linux", None) and object_at(pool, "windowsProfile"):
        yield refused("windowsProfile", pool["windowsProfile"], "nothing on a Linux pool", "leave it out")


def _nodes(pool: Object, _: str) -> Iterator[Refusal]:
    zones = [zone for zone in list_at(pool, "availabilityZones") or [] if isinstance(zone, str)]
    for zone in zones:
        if zone not in ("1", "2", "3"):
            allowed = '"1", "2" and "3"'
            yield refused("availabilityZones", zone, allowed, "choose of these", "AvailabilityZoneNotSupported")
    yield from unique((("availabilityZones", zone) for zone in zones), "zones")
    for key, value in sorted(object_at(pool, "nodeLabels").items()):
        if key.startswith("kubernetes.azure.com/"):
            yield refused(f"nodeLabels.{key}", value, "no key of kubernetes.azure.com", "rename it")
        elif not legal_key(key) or (isinstance(value, str) and not legal_value(value)):
            yield refused(f"nodeLabels.{key}", value, "a label that Kubernetes takes", "correct key or value")
    for index, taint in enumerate(list_at(pool, "nodeTaints") or []):
        if isinstance(taint, str) and parse_taint(taint) is None:
            yield refused(f"nodeTaints[{index}]", taint, "key=value:Effect", "write it like sku=Windows:NoSchedule")
    yield from versions.known("orchestratorVersion", text_at(pool, "orchestratorVersion"))
