"""Properties that Azure does not change: it answers `PropertyChangeNotAllowed`, and the resource stays as it is.

The properties of each type stand in `types`. A property that an update leaves out is left as it is.
"""

from __future__ import annotations

from sandbox.azure.admission.request import Put
from sandbox.azure.records import World
from sandbox.azure.refusals.common import normal_region
from sandbox.azure.refusals.pool import LINUX_SKUS
from sandbox.azure.types import CLUSTER, POOL
from sandbox.azure.values import Object, flag_at, list_at, same, value_at

_INLINE = ("availabilityZones", "maxPods", "osDiskSizeGB", "osDiskType", "osSKU", "osType", "vmSize", "vnetSubnetID")


def put(world: World, put: Put) -> None:
    """Refuse a change of what cannot change."""
    if put.found is None:
        return
    before: Object = put.found["properties"]
    for path in put.type.azure_immutable:
        _compare(put, path, value_at(before, path), value_at(put.inputs, path))
    if put.token == CLUSTER:
        _cluster(put, before)


def _compare(put: Put, path: str, before: object, after: object) -> None:
    if after is None or same(before, after):
        return
    if path == "location" and normal_region(str(before)) == normal_region(str(after)):
        return
    if put.token == POOL and path == "osSKU" and before in LINUX_SKUS and after in LINUX_SKUS:
        return  # Linux pools move from one to another by a reimage of their nodes.
    raise put.error(
        400,
        "PropertyChangeNotAllowed",
        f"Changing property 'properties.{path}' is not allowed. Target: properties.{path}. Replace the resource, or "
        "write the old value.",
    )


def _cluster(put: Put, before: Object) -> None:
    if not before.get("windowsProfile") and put.inputs.get("windowsProfile"):
        # create-node-pools.md, limitations: the profile is set at birth or never.
        _compare(put, "windowsProfile", "nothing", "a profile")
    for path in ("oidcIssuerProfile.enabled", "aadProfile.managed"):
        if flag_at(before, path) and flag_at(put.inputs, path) is False:
            raise put.error(400, "BadRequest", f"{path} cannot be switched off again. Write true.")
    old = {profile["name"]: profile for profile in list_at(before, "agentPoolProfiles") or []}
    for index, profile in enumerate(list_at(put.inputs, "agentPoolProfiles") or []):
        if profile["name"] in old:
            for key in _INLINE:
                path = f"agentPoolProfiles[{index}].{key}"
                _compare(put, path, old[profile["name"]].get(key), profile.get(key))
