"""Cases of `build-pool-dedicated-taint`."""

from __future__ import annotations

from rules.policies.node_pools.build_pool_dedicated_taint import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    foreign_windows_pool,
    in_template,
    local_cluster,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
    without,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

SPOT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
BUILD = {"buildfleet.dev/purpose": "build"}
LINUX = Case(title="a Linux build pool", resources=[agent_pool()])
WINDOWS = Case(title="a Windows pool that is not ours", resources=[foreign_windows_pool()])
LOCAL = Case(title="Azure Local", resources=[local_pool()])
KEYS = Case(title="one of the taints that are asked for", resources=[windows_pool()], options={"keys": ["sku"]})
LABELS = Case(title="the label that is asked for", resources=[agent_pool()], options={"labels": [*BUILD]})

CASES = Cases(
    rule=RULE,
    passes=(
        LINUX,
        WINDOWS,
        LOCAL,
        KEYS,
        LABELS,
        Case(title="a system pool", resources=[with_system()]),
        Case(title="the first pool on Azure Local, without a taint", resources=[local_cluster()]),
        Case(title="a user pool that builds nothing", resources=[plain_pool()]),
        Case(title="a user pool on Spot", resources=[plain_pool(nodeTaints=[SPOT])]),
        Case(title="builds on Spot", resources=[agent_pool(nodeTaints=["builds=only:NoExecute", SPOT])]),
        Case(title="a taint without a value", resources=[agent_pool(nodeTaints=["builds:NoSchedule"])]),
        Case(title="a key of one's own", resources=[windows_pool(nodeTaints=["a=b:NoSchedule"])]),
        Case(title="a template", resources=[in_template(windows_pool())]),
    ),
    fails=(
        Case(title="no taint", resources=[without(windows_pool(), "nodeTaints")], at=["nodeTaints"]),
        Case(
            title="our label in a cluster's pool, and no taint",
            resources=[with_system(mode="User", nodeLabels=BUILD, nodeTaints=[])],
            at=[f"{SYSTEM}.nodeTaints"],
        ),
        Case(
            title="a taint that nobody minds",
            resources=[agent_pool(nodeTaints=["builds=only:PreferNoSchedule"])],
            at=["nodeTaints"],
        ),
        Case(
            title="the taint of system pools",
            resources=[plain_pool(nodeTaints=["CriticalAddonsOnly=true:NoSchedule"])],
            at=["nodeTaints", "nodeTaints[0]"],
        ),
        Case(
            title="Azure's own prefix beside one of ours",
            resources=[windows_pool(nodeTaints=["sku=Windows:NoSchedule", "kubernetes.azure.com/mode=x:NoSchedule"])],
            at=["nodeTaints[1]"],
        ),
        Case(
            title="what is no taint",
            resources=[in_template(windows_pool(nodeTaints=["sku=Windows:NoSchedule", "sku=Windows"]))],
            at=[f"{TEMPLATE}.nodeTaints[1]"],
        ),
        Case(title="Spot's taint alone", resources=[agent_pool(nodeTaints=[SPOT])], at=["nodeTaints"]),
        Case(title="none on Azure Local", resources=[local_pool(nodeTaints=[])], at=["properties.nodeTaints"]),
        Case(
            title="another taint than is asked for",
            resources=[agent_pool()],
            options={"keys": ["sku"]},
            at=["nodeTaints"],
        ),
        Case(
            title="Azure's prefix in a label",
            resources=[agent_pool(nodeLabels={**BUILD, "kubernetes.azure.com/mode": "x"})],
            at=['nodeLabels["kubernetes.azure.com/mode"]'],
        ),
    ),
    unknown=(
        Case(title="the taints", resources=[windows_pool(nodeTaints=UNKNOWN)], at=["nodeTaints"]),
        Case(title="the only one", resources=[windows_pool(nodeTaints=[UNKNOWN])], at=["nodeTaints[0]"]),
        Case(
            title="what the pool is for",
            resources=[without(agent_pool(mode=UNKNOWN), "nodeLabels")],
            at=["mode"],
        ),
    ),
    mutations=(
        Mutation(of=LINUX, path="nodeTaints", value=[]),
        Mutation(of=WINDOWS, path="nodeTaints[0]", value="CriticalAddonsOnly=true:NoSchedule"),
        Mutation(of=LOCAL, path="properties.nodeTaints[0]", value="sku=Windows:PreferNoSchedule"),
        Mutation(of=KEYS, path="nodeTaints[0]", value="other=Windows:NoSchedule"),
        Mutation(of=LABELS, path="nodeLabels", value={}),
    ),
)
