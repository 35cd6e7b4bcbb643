"""Cases of `protect-replace-prone`."""

from __future__ import annotations

from typing import Any

from rules.policies.node_pools.protect_replace_prone import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import in_template, local_cluster, local_pool, windows_pool
from tests.unit.policies.scenes import UNKNOWN, Options, Resource, cluster

TIMED = Options(custom_timeouts={"create": 3600, "update": 11700, "delete": 5400})
KEPT = Options(protect=True, custom_timeouts={"update": 11700})
NO_OPTIONS = Options()


def made(kind: str, options: Options = NO_OPTIONS, **inputs: Any) -> Resource:
    return Resource(type=kind, name="thing", inputs={"resourceGroupName": "fleet", **inputs}, options=options)


def generic(provider: str, kind: str, options: Options = NO_OPTIONS) -> Resource:
    return made(
        "azure-native:resources:Resource",
        options,
        parentResourcePath="",
        resourceProviderNamespace=provider,
        resourceType=kind,
    )


CLUSTER = Case(title="a cluster", resources=[cluster(options=KEPT)])
OTHER = Case(title="what comes back", resources=[generic("Microsoft.Example", "vaults")])

CASES = Cases(
    rule=RULE,
    passes=(
        CLUSTER,
        OTHER,
        Case(title="a pool", resources=[windows_pool(options=TIMED)]),
        Case(title="a cluster on Azure Local", resources=[local_cluster()]),
        Case(title="a pool there", resources=[local_pool()]),
        Case(title="pools of a template", resources=[in_template(windows_pool())]),
        Case(title="an identity", resources=[made("azure-native:managedidentity:UserAssignedIdentity", KEPT)]),
        Case(title="a vault", resources=[made("azure-native:keyvault:Vault", Options(protect=True))]),
        Case(
            title="anything, as its options will do for all",
            resources=[made("azure-native:resources:Resource", KEPT, resourceType=UNKNOWN)],
        ),
    ),
    fails=(
        Case(title="a cluster that an edit deletes", resources=[cluster(options=TIMED)], at=["options.protect"]),
        Case(
            title="a cluster whose upgrade is given up",
            resources=[cluster(options=Options(protect=True))],
            at=["options.customTimeouts"],
        ),
        Case(
            title="a time of nothing, as the engine tells of one that is not set",
            resources=[cluster(options=Options(protect=True, custom_timeouts={"update": 0}))],
            at=["options.customTimeouts"],
        ),
        Case(
            title="a cluster of an older version of the provider",
            resources=[made("azure-native:containerservice/v20240901:ManagedCluster")],
            at=["options.customTimeouts", "options.protect"],
        ),
        Case(title="a pool whose upgrade is given up", resources=[windows_pool()], at=["options.customTimeouts"]),
        Case(
            title="a cluster on Azure Local",
            resources=[local_cluster(options=TIMED)],
            at=["options.protect"],
        ),
        Case(
            title="a connected cluster",
            resources=[made("azure-native:kubernetes:ConnectedCluster")],
            at=["options.protect"],
        ),
        Case(
            title="an identity",
            resources=[made("azure-native:managedidentity:UserAssignedIdentity")],
            at=["options.protect"],
        ),
        Case(title="a vault", resources=[made("azure-native:keyvault:Vault")], at=["options.protect"]),
        Case(
            title="a vault as a generic resource",
            resources=[generic("Microsoft.KeyVault", "vaults")],
            at=["options.protect"],
        ),
        Case(
            title="a pool, where pools are to be protected, too",
            resources=[windows_pool(options=TIMED)],
            options={"pools": True},
            at=["options.protect"],
        ),
        Case(
            title="fewer operations with a time than are asked for",
            resources=[cluster(options=KEPT)],
            options={"timeouts": ["create", "update"]},
            at=["options.customTimeouts"],
        ),
    ),
    unknown=(
        Case(
            title="what a generic resource is",
            resources=[made("azure-native:resources:Resource", resourceProviderNamespace="A", resourceType=UNKNOWN)],
            at=["resourceType"],
        ),
        Case(
            title="what a template makes",
            resources=[made("azure-native:resources:Deployment", properties={"template": UNKNOWN})],
            at=["properties.template"],
        ),
    ),
    mutations=(Mutation(of=OTHER, path="resourceProviderNamespace", value="Microsoft.KeyVault"),),
)
