"""Cases of `cluster-workload-identity`."""

from __future__ import annotations

from rules.policies.cluster.workload_identity import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, resource, without
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our cluster", resources=[cluster()])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="an identity that Azure makes", resources=[cluster(identity={"type": "SystemAssigned"})]),
        Case(
            title="an identity that is not known yet",
            resources=[cluster(identity={"type": "UserAssigned", "userAssignedIdentities": UNKNOWN})],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(
            title="a service principal",
            resources=[
                type(cluster())(
                    type=cluster().type,
                    name="cluster",
                    inputs={**without("identity").inputs, "servicePrincipalProfile": {"clientId": "client"}},
                )
            ],
            at=["identity.type"],
        ),
        Case(
            title="no issuer and no workload identity",
            resources=[without("oidcIssuerProfile", "securityProfile")],
            at=["oidcIssuerProfile.enabled", "securityProfile.workloadIdentity.enabled"],
        ),
        Case(
            title="a generic resource, which has its identity beside its properties",
            resources=[
                resource(
                    "resources:Resource",
                    "generic",
                    {
                        "identity": {"type": "SystemAssigned"},
                        "parentResourcePath": "",
                        "properties": {"oidcIssuerProfile": {"enabled": True}},
                        "resourceGroupName": "fleet",
                        "resourceName": "fleet",
                        "resourceProviderNamespace": "Microsoft.ContainerService",
                        "resourceType": "managedClusters",
                    },
                )
            ],
            at=["properties.securityProfile.workloadIdentity.enabled"],
        ),
    ),
    unknown=(
        Case(
            title="the issuer",
            resources=[cluster(oidcIssuerProfile={"enabled": UNKNOWN})],
            at=["oidcIssuerProfile.enabled"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="oidcIssuerProfile.enabled", value=False),
        Mutation(of=OURS, path="securityProfile.workloadIdentity", value=None),
        Mutation(of=OURS, path="identity.type", value="None"),
        Mutation(of=OURS, path="identity", value=None),
    ),
)
