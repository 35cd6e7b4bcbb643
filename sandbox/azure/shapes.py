"""Outputs: what azure-native makes of Azure's answer.

Source: the output classes of pulumi-azure-native 3.29.0 and a trial of 19 types with the real engine. `name` and
`azureApiVersion` are on every resource, `type` on all but pools and subnets. What nothing here reads is left out: a
missing output is `None` to a program.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from typing import Final

from sandbox.azure import ids
from sandbox.azure.records import World
from sandbox.azure.types import CLUSTER, GENERIC, LOCAL_CLUSTER, POOL, TYPES
from sandbox.azure.values import Object, flag_at, is_absent, number_at, object_at, text_at

Shaper = Callable[[World, Object, Object], Object]
"""From a record and a copy of its properties, the outputs that Azure computes."""


def outputs(world: World, record: Object) -> Object:
    """A resource as azure-native would put it into the state."""
    kind = TYPES.get(record["token"])
    made: Object = copy.deepcopy(record["properties"])
    if record["seeded"] or kind is None:
        return {**made, "id": record["id"], "name": ids.name(record["id"]), "type": record["arm"]}
    for name in kind.write_only:
        made.pop(name, None)
    made.update(name=ids.name(record["id"]), azureApiVersion=kind.api_version)
    if kind.returns_type:
        made["type"] = record["arm"]
    if kind.returns_state:
        made["provisioningState"] = record["state"]
    _identity(world, record, made)
    shaper = _SHAPERS.get(record["token"])
    if shaper is not None:
        made.update(shaper(world, record, made))
    return made


def _identity(world: World, record: Object, made: Object) -> None:
    """User-assigned identities go in as a list and come out as a map."""
    identity = made.get("identity")
    if not isinstance(identity, dict):
        return
    assigned = identity.get("userAssignedIdentities")
    if assigned:
        identity["userAssignedIdentities"] = {
            item: _of_identity(world, item) for item in (assigned if isinstance(assigned, list) else sorted(assigned))
        }
    if "identityPrincipalId" in record["facts"]:
        identity.update(principalId=record["facts"]["identityPrincipalId"], tenantId=record["facts"]["tenantId"])


def _of_identity(world: World, resource_id: str) -> Object:
    facts = (world.find(resource_id) or {"facts": {}})["facts"]
    return {key: facts[key] for key in ("clientId", "principalId") if key in facts}


def _resource_group(_: World, record: Object, __: Object) -> Object:
    return {"properties": {"provisioningState": record["state"]}}


def _cluster(world: World, record: Object, made: Object) -> Object:
    name, location, guid = ids.name(record["id"]), made.get("location", ""), record["facts"]["guid"]
    host = f"{made.get('dnsPrefix') or made.get('fqdnSubdomain') or name}-{guid[:8]}.hcp.{location}.azmk8s.io"
    private = flag_at(made, "apiServerAccessProfile.enablePrivateCluster")
    found: Object = {
        "agentPoolProfiles": [_inline(world, record, item) for item in made["agentPoolProfiles"]],
        "azurePortalFQDN": host.replace(".hcp.", ".portal.hcp."),
        "currentKubernetesVersion": record["facts"]["version"],
        "fqdn": host,
        "identityProfile": {"kubeletidentity": _kubelet(world, record, made)},
        "maxAgentPools": 100,
        "powerState": {"code": "Running"},
        "resourceUID": guid.replace("-", ""),
    }
    if private:
        found["privateFQDN"] = host.replace(".hcp.", ".privatelink.")
    if flag_at(made, "oidcIssuerProfile.enabled"):
        issuer = f"https://{location}.oic.prod-aks.azure.com/{record['facts']['tenantId']}/{guid}/"
        found["oidcIssuerProfile"] = {"enabled": True, "issuerURL": issuer}
    add_ons = object_at(made, "addonProfiles")
    if add_ons:
        found["addonProfiles"] = {
            key: {**profile, "identity": _add_on(world, record, made, key)} if profile.get("enabled") else profile
            for key, profile in add_ons.items()
        }
    return found


def _inline(world: World, record: Object, profile: Object) -> Object:
    """The profile of an inline pool, with what the autoscaler and upgrades of its own have made of it."""
    pool = world.find(f"{record['id']}/agentPools/{profile['name']}") or {**record, "properties": profile}
    live = {key: pool["properties"][key] for key in ("count", "orchestratorVersion") if key in pool["properties"]}
    return {**_pool(world, pool, profile), **profile, **live}


def _kubelet(world: World, record: Object, made: Object) -> Object:
    given = object_at(made, "identityProfile.kubeletidentity")
    if given:
        facts = (world.find(text_at(given, "resourceId") or "") or {"facts": {}})["facts"]
        return {
            "resourceId": given.get("resourceId"),
            "clientId": facts.get("clientId") or given.get("clientId"),
            "objectId": facts.get("principalId") or given.get("objectId"),
        }
    return {**record["facts"]["kubelet"], "resourceId": _managed(record, made, f"{ids.name(record['id'])}-agentpool")}


def _add_on(world: World, record: Object, made: Object, key: str) -> Object:
    resource_id = _managed(record, made, f"{key.lower()}-{ids.name(record['id'])}")
    return {
        "clientId": world.generated(record["id"], f"{key} client"),
        "objectId": world.generated(record["id"], f"{key} object"),
        "resourceId": resource_id,
    }


def _managed(record: Object, made: Object, name: str) -> str:
    subscription = ids.place(record["id"]).subscription
    return (
        f"/subscriptions/{subscription}/resourcegroups/{made['nodeResourceGroup']}"
        f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )


def _pool(_: World, record: Object, made: Object) -> Object:
    version = record["facts"].get("version")
    image = "AKSWindows" if made.get("osType") == "Windows" else "AKSUbuntu"
    return {
        "currentOrchestratorVersion": version,
        # Example of a version; the real one changes every week.
        "nodeImageVersion": f"{image}-{made.get('osSKU', 'Ubuntu')}-gen2-202611.10.0",
        "orchestratorVersion": made.get("orchestratorVersion") or version,
        "powerState": {"code": "Running"},
    }


def _registry(_: World, record: Object, made: Object) -> Object:
    return {"loginServer": f"{ids.name(record['id']).lower()}.azurecr.io", "creationDate": _BIRTHDAY}


def _vault(_: World, record: Object, made: Object) -> Object:
    found: Object = {
        **object_at(made, "properties"),
        "provisioningState": record["state"],
        "vaultUri": f"https://{ids.name(record['id']).lower()}.vault.azure.net/",
    }
    found.setdefault("enableSoftDelete", True)
    found.setdefault("softDeleteRetentionInDays", 90)
    return {"properties": found}


def _generated_identity(_: World, record: Object, made: Object) -> Object:
    return {key: record["facts"][key] for key in ("clientId", "principalId", "tenantId")}


def _network(world: World, record: Object, made: Object) -> Object:
    subnets = [
        {"id": child["id"], "name": ids.name(child["id"]), **child["properties"]}
        for child in world.below(record["id"])
        if child["token"] == "azure-native:network:Subnet"
    ]
    return {"resourceGuid": record["facts"]["guid"], "subnets": subnets}


def _with_guid(_: World, record: Object, made: Object) -> Object:
    return {"resourceGuid": record["facts"].get("guid")}


def _public_ip(_: World, record: Object, made: Object) -> Object:
    return {"resourceGuid": record["facts"]["guid"], "ipAddress": record["facts"]["ipAddress"]}


def _workspace(_: World, record: Object, made: Object) -> Object:
    return {"customerId": record["facts"]["guid"], "createdDate": _BIRTHDAY, "modifiedDate": _BIRTHDAY}


def _monitor_workspace(_: World, record: Object, made: Object) -> Object:
    name, location = ids.name(record["id"]), made.get("location", "")
    group = f"/subscriptions/{ids.place(record['id']).subscription}/resourceGroups/MA_{name}_{location}_managed"
    insights = f"{group}/providers/Microsoft.Insights"
    return {
        "accountId": record["facts"]["guid"],
        "defaultIngestionSettings": {
            "dataCollectionEndpointResourceId": f"{insights}/dataCollectionEndpoints/{name}",
            "dataCollectionRuleResourceId": f"{insights}/dataCollectionRules/{name}",
        },
        "metrics": {
            "internalId": f"mac_{record['facts']['guid']}",
            "prometheusQueryEndpoint": f"https://{name}-{record['facts']['guid'][:4]}.{location}.prometheus.monitor.azure.com",
        },
        "publicNetworkAccess": "Enabled",
    }


def _endpoint(_: World, record: Object, made: Object) -> Object:
    guid, location = record["facts"].get("guid", ""), made.get("location", "")
    host = f"{ids.name(record['id'])}-{guid[:4]}.{location}-1"
    return {
        "configurationAccess": {"endpoint": f"https://{host}.handler.control.monitor.azure.com"},
        "immutableId": f"dce-{guid.replace('-', '')}",
        "logsIngestion": {"endpoint": f"https://{host}.ingest.monitor.azure.com"},
        "metricsIngestion": {"endpoint": f"https://{host}.metrics.ingest.monitor.azure.com"},
    }


def _rule(_: World, record: Object, made: Object) -> Object:
    return {"immutableId": f"dcr-{record['facts'].get('guid', '').replace('-', '')}"}


def _budget(_: World, record: Object, made: Object) -> Object:
    return {"currentSpend": {"amount": 0, "unit": "EUR"}}


def _policy(_: World, record: Object, made: Object) -> Object:
    return {} if not is_absent(made, "enforcementMode") else {"enforcementMode": "Default"}


def _connected(world: World, record: Object, made: Object) -> Object:
    instance = world.find(
        f"{record['id']}/providers/Microsoft.HybridContainerService/provisionedClusterInstances/default"
    )
    version = (instance or {"facts": {}})["facts"].get("version")
    return {
        # Of a provisioned cluster it goes in empty, and Azure makes one.
        "agentPublicKeyCertificate": made.get("agentPublicKeyCertificate") or _certificate(record),
        "connectivityStatus": "Connected" if instance is not None else "Connecting",
        "kubernetesVersion": version,
        "offering": "aks-hci",
    }


def _certificate(record: Object) -> str:
    """A text in the place of a public key; nobody reads it."""
    return base64.b64encode(f"simulated key of {record['facts']['guid']}".encode()).decode()


def _generic(world: World, record: Object, made: Object) -> Object:
    properties = {**object_at(made, "properties"), "provisioningState": record["state"]}
    if record["arm"].lower() == LOCAL_CLUSTER and "agentPoolProfiles" in properties:
        properties["agentPoolProfiles"] = [_live(world, record, item) for item in properties["agentPoolProfiles"]]
    return {"properties": properties}


def _live(world: World, record: Object, profile: Object) -> Object:
    """The profile of a pool that its cluster on Azure Local was born with, with the number of nodes it has now."""
    pool = world.find(f"{record['id']}/agentPools/{profile['name']}") or {"properties": {}}
    count = number_at(pool["properties"], "properties.count")
    return profile if count is None else {**profile, "count": count}


_BIRTHDAY: Final = "2026-11-22T00:00:00Z"
"""Of everything: outputs do not change with the day."""

_SHAPERS: Final[dict[str, Shaper]] = {
    CLUSTER: _cluster,
    POOL: _pool,
    GENERIC: _generic,
    "azure-native:resources:ResourceGroup": _resource_group,
    "azure-native:network:VirtualNetwork": _network,
    "azure-native:network:NetworkSecurityGroup": _with_guid,
    "azure-native:network:NatGateway": _with_guid,
    "azure-native:network:PublicIPAddress": _public_ip,
    "azure-native:containerregistry:Registry": _registry,
    "azure-native:authorization:PolicyAssignment": _policy,
    "azure-native:managedidentity:UserAssignedIdentity": _generated_identity,
    "azure-native:keyvault:Vault": _vault,
    "azure-native:operationalinsights:Workspace": _workspace,
    "azure-native:monitor:AzureMonitorWorkspace": _monitor_workspace,
    "azure-native:monitor:DataCollectionEndpoint": _endpoint,
    "azure-native:monitor:DataCollectionRule": _rule,
    "azure-native:consumption:Budget": _budget,
    "azure-native:costmanagement:Budget": _budget,
    "azure-native:kubernetes:ConnectedCluster": _connected,
}
