"""Cases of `pool-single-trust-level`."""

from __future__ import annotations

from typing import Any

from rules.policies.node_pools.single_trust_level import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.scenes import UNKNOWN, Resource, agent_pool, cluster

TRUST = 'nodeLabels["buildfleet.dev/trust"]'
BUILD = Case(title="a build pool", resources=[agent_pool()])
CLUSTER = Case(title="a cluster with a system pool", resources=[cluster()])


def labels(**more: Any) -> dict[str, Any]:
    return {"buildfleet.dev/purpose": "build", **{f"buildfleet.dev/{key}": value for key, value in more.items()}}


def azure_local(node_labels: dict[str, Any]) -> Resource:
    inputs = {"agentPoolName": "lin", "properties": {"osType": "Linux", "nodeLabels": node_labels}}
    return Resource(type="azure-native:hybridcontainerservice:AgentPool", name="lin", inputs=inputs)


def template(trust: object) -> Resource:
    pool = {
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "name": "fleet/lin",
        "properties": {"mode": "User", "nodeLabels": labels(trust=trust)},
    }
    inputs = {"properties": {"template": {"resources": [pool]}}}
    return Resource(type="azure-native:resources:Deployment", name="pools", inputs=inputs)


CASES = Cases(
    rule=RULE,
    passes=(
        BUILD,
        CLUSTER,
        Case(title="a pool for pull requests", resources=[agent_pool(nodeLabels=labels(trust="untrusted"))]),
        Case(title="Azure Local", resources=[azure_local(labels(trust="trusted"))]),
        Case(title="a template", resources=[template("trusted")]),
        Case(title="a pool for something else", resources=[agent_pool(nodeLabels={"buildfleet.dev/purpose": "web"})]),
        Case(title="a system pool without the label", resources=[agent_pool(mode="System", nodeLabels={})]),
    ),
    fails=(
        Case(title="no label", resources=[agent_pool(nodeLabels=labels())], at=[TRUST]),
        Case(title="no labels", resources=[agent_pool(nodeLabels={})], at=[TRUST]),
        Case(title="two levels in one", resources=[agent_pool(nodeLabels=labels(trust="both"))], at=[TRUST]),
        Case(
            title="another version of the provider",
            resources=[
                Resource(
                    type="azure-native:containerservice/v20250901:AgentPool",
                    name="lin",
                    inputs={"mode": "User", "nodeLabels": labels(trust="Trusted")},
                )
            ],
            at=[TRUST],
        ),
        Case(
            title="inside of the cluster",
            resources=[cluster(agentPoolProfiles=[{"name": "lin", "mode": "User", "nodeLabels": labels()}])],
            at=[f"agentPoolProfiles[0].{TRUST}"],
        ),
        Case(title="Azure Local", resources=[azure_local(labels())], at=[f"properties.{TRUST}"]),
        Case(
            title="a template",
            resources=[template("none")],
            at=[f"properties.template.resources[0].properties.{TRUST}"],
        ),
        Case(
            title="untrusted work on a system pool",
            resources=[agent_pool(mode="System", nodeLabels=labels(trust="untrusted"))],
            at=[TRUST],
        ),
    ),
    unknown=(
        Case(title="its label", resources=[agent_pool(nodeLabels=labels(trust=UNKNOWN))], at=[TRUST]),
        Case(
            title="a template's parameter",
            resources=[template("[parameters('trust')]")],
            at=[f"properties.template.resources[0].properties.{TRUST}"],
        ),
        Case(title="all pools", resources=[cluster(agentPoolProfiles=UNKNOWN)], at=["agentPoolProfiles.mode"]),
    ),
    mutations=(
        Mutation(of=BUILD, path=TRUST, value=None),
        Mutation(of=BUILD, path=TRUST, value="semi"),
        Mutation(of=CLUSTER, path=f"agentPoolProfiles[0].{TRUST}", value="untrusted"),
    ),
)
