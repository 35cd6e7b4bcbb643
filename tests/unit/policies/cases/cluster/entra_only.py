"""Cases of `cluster-entra-only`."""

from __future__ import annotations

from rules.policies.cluster.entra_only import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, template, with_profile, without
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our cluster", resources=[cluster()])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="Azure's own default of RBAC", resources=[without("enableRBAC")]),
        Case(title="Azure Local", resources=[local_cluster()]),
        Case(
            title="groups that are not known yet", resources=[with_profile("aadProfile", adminGroupObjectIDs=UNKNOWN)]
        ),
    ),
    fails=(
        Case(
            title="nothing said",
            resources=[without("aadProfile", "disableLocalAccounts")],
            at=["aadProfile.enableAzureRBAC", "aadProfile.managed", "disableLocalAccounts"],
        ),
        Case(title="no RBAC", resources=[cluster(enableRBAC=False)], at=["enableRBAC"]),
        Case(
            title="in a template",
            resources=[
                template(
                    {
                        "type": "Microsoft.ContainerService/managedClusters",
                        "name": "fleet",
                        "properties": {
                            "aadProfile": {"managed": True, "enableAzureRBAC": True},
                            "disableLocalAccounts": False,
                        },
                    }
                )
            ],
            at=["properties.template.resources[0].properties.disableLocalAccounts"],
        ),
    ),
    unknown=(
        Case(title="local accounts", resources=[cluster(disableLocalAccounts=UNKNOWN)], at=["disableLocalAccounts"]),
        Case(
            title="Entra",
            resources=[cluster(aadProfile=UNKNOWN)],
            at=["aadProfile.enableAzureRBAC", "aadProfile.managed"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="disableLocalAccounts", value=False),
        Mutation(of=OURS, path="disableLocalAccounts", value=None),
        Mutation(of=OURS, path="aadProfile.managed", value=False),
        Mutation(of=OURS, path="aadProfile.enableAzureRBAC", value=False),
        Mutation(of=OURS, path="enableRBAC", value=False),
    ),
)
