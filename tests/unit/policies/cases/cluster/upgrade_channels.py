"""Cases of `cluster-upgrade-channels`."""

from __future__ import annotations

from rules.policies.cluster.upgrade_channels import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import (
    local_cluster,
    resource,
    schedule,
    template,
    windows_pool,
    with_profile,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool, cluster

KUBERNETES, NODES = schedule("aksManagedAutoUpgradeSchedule"), schedule("aksManagedNodeOSUpgradeSchedule")
SCHEDULES = [KUBERNETES, NODES]
OURS = Case(title="our cluster", resources=[cluster(), windows_pool(), *SCHEDULES])
CHANNEL, NODE_CHANNEL = "autoUpgradeProfile.upgradeChannel", "autoUpgradeProfile.nodeOSUpgradeChannel"
SECURITY_PATCH = with_profile("autoUpgradeProfile", nodeOSUpgradeChannel="SecurityPatch")

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="security patches, for Linux alone", resources=[SECURITY_PATCH, agent_pool(), *SCHEDULES]),
        Case(
            title="a channel that this fleet allows",
            resources=[with_profile("autoUpgradeProfile", upgradeChannel="rapid"), *SCHEDULES],
            options={"channels": ["patch", "rapid"]},
        ),
        Case(
            title="schedules whose cluster is not known yet, as there is one cluster",
            resources=[
                cluster(),
                schedule("aksManagedAutoUpgradeSchedule", resourceName=UNKNOWN),
                schedule("aksManagedNodeOSUpgradeSchedule", resourceName=UNKNOWN),
            ],
        ),
        Case(
            title="schedules as generic resource and in a template",
            resources=[
                cluster(),
                resource(
                    "resources:Resource",
                    "generic",
                    {
                        "parentResourcePath": "managedClusters/fleet",
                        "resourceGroupName": "fleet",
                        "resourceName": "aksManagedAutoUpgradeSchedule",
                        "resourceProviderNamespace": "Microsoft.ContainerService",
                        "resourceType": "maintenanceConfigurations",
                    },
                ),
                template(
                    {
                        "type": "Microsoft.ContainerService/managedClusters/maintenanceConfigurations",
                        "name": "fleet/aksManagedNodeOSUpgradeSchedule",
                    }
                ),
            ],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(
            title="nothing said",
            resources=[without("autoUpgradeProfile", "sku"), *SCHEDULES],
            at=[CHANNEL, NODE_CHANNEL, "sku.tier"],
        ),
        Case(title="no schedules", resources=[cluster()], at=[CHANNEL, NODE_CHANNEL]),
        Case(title="one schedule", resources=[cluster(), NODES], at=[CHANNEL]),
        Case(
            title="the schedules of another cluster",
            resources=[cluster(), *(schedule(name.inputs["configName"], resourceName="other") for name in SCHEDULES)],
            at=[CHANNEL, NODE_CHANNEL],
        ),
        Case(
            title="security patches, with a Windows pool",
            resources=[SECURITY_PATCH, windows_pool(), *SCHEDULES],
            at=[NODE_CHANNEL],
        ),
        Case(
            title="the free tier",
            resources=[cluster(sku={"name": "Base", "tier": "Free"}), *SCHEDULES],
            at=["sku.tier"],
        ),
    ),
    unknown=(
        Case(
            title="the channel",
            resources=[with_profile("autoUpgradeProfile", upgradeChannel=UNKNOWN), *SCHEDULES],
            at=[CHANNEL],
        ),
        Case(
            title="whether a pool is for Windows, where that decides",
            resources=[SECURITY_PATCH, agent_pool(osType=UNKNOWN), *SCHEDULES],
            at=["osType"],
        ),
        Case(title="which schedule one is", resources=[cluster(), NODES, schedule(UNKNOWN)], at=["configName"]),
    ),
    mutations=(
        Mutation(of=OURS, path=CHANNEL, value="none"),
        Mutation(of=OURS, path=NODE_CHANNEL, value="SecurityPatch"),
        Mutation(of=OURS, path="sku.tier", value="Free"),
        Mutation(of=OURS, path="configName", value="default", resource=2),
    ),
)
