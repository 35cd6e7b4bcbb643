"""Cases of `cluster-defence-addons`."""

from __future__ import annotations

from rules.policies.cluster.defence_add_ons import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, without
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our cluster", resources=[cluster()])
NETWORK = {"networkPlugin": "azure", "networkPolicy": "cilium", "podLinkLocalAccess": "None"}

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(
            title="the workspace of Defender, not known yet",
            resources=[
                cluster(
                    securityProfile={
                        "defender": {
                            "logAnalyticsWorkspaceResourceId": UNKNOWN,
                            "securityMonitoring": {"enabled": True},
                        }
                    }
                )
            ],
        ),
        Case(
            title="no add-on where pods cannot reach the metadata service",
            resources=[cluster(addonProfiles={}, networkProfile=NETWORK)],
        ),
        Case(
            title="another spelling of the add-on",
            resources=[cluster(addonProfiles={"azurePolicy": {"enabled": True}})],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(
            title="nothing said",
            resources=[without("addonProfiles", "securityProfile")],
            at=["addonProfiles.azurepolicy.enabled", "securityProfile.defender.securityMonitoring.enabled"],
        ),
        Case(
            title="off",
            resources=[cluster(addonProfiles={"azurePolicy": {"enabled": False}})],
            at=["addonProfiles.azurePolicy.enabled"],
        ),
    ),
    unknown=(
        Case(
            title="the add-on",
            resources=[cluster(addonProfiles={"azurepolicy": {"enabled": UNKNOWN}})],
            at=["addonProfiles.azurepolicy.enabled"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="addonProfiles.azurepolicy", value=None),
        Mutation(of=OURS, path="addonProfiles.azurepolicy.enabled", value=False),
        Mutation(of=OURS, path="securityProfile.defender.securityMonitoring.enabled", value=False),
    ),
)
