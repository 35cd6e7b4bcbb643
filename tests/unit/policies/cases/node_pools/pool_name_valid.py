"""Cases of `pool-name-valid`."""

from __future__ import annotations

from rules.policies.node_pools.pool_name_valid import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    in_template,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

WINDOWS = Case(title="a Windows pool of six characters", resources=[windows_pool()])
INLINE = Case(title="the pool in a cluster", resources=[with_system()])
LOCAL = Case(title="a pool on Azure Local", resources=[local_pool()])
PREFIXED = Case(title="a name with the prefix", resources=[agent_pool()], options={"prefixes": ["lin", "win"]})

CASES = Cases(
    rule=RULE,
    passes=(
        WINDOWS,
        INLINE,
        LOCAL,
        PREFIXED,
        Case(title="twelve characters on Linux", resources=[agent_pool(agentPoolName="abcdefghijkl")]),
        Case(
            title="a name that both systems take, on a system that is not known yet",
            resources=[windows_pool(osType=UNKNOWN)],
        ),
        Case(title="a template", resources=[in_template(plain_pool(), "fleet/web")]),
    ),
    fails=(
        Case(
            title="seven characters on Windows",
            resources=[windows_pool(agentPoolName="windows")],
            at=["agentPoolName"],
        ),
        Case(title="capitals", resources=[agent_pool(agentPoolName="Lin")], at=["agentPoolName"]),
        Case(title="a hyphen in a cluster's pool", resources=[with_system(name="the-pool")], at=[f"{SYSTEM}.name"]),
        Case(title="two characters on Azure Local", resources=[local_pool(name="wi")], at=["resourceName"]),
        Case(
            title="a name in a template",
            resources=[in_template(windows_pool(), "fleet/windows")],
            at=["properties.template.resources[0].name"],
        ),
        Case(
            title="another prefix",
            resources=[agent_pool()],
            options={"prefixes": ["np"]},
            at=["agentPoolName"],
        ),
        Case(
            title="thirteen characters, wrong on either system",
            resources=[plain_pool(agentPoolName="abcdefghijklm")],
            at=["agentPoolName"],
        ),
    ),
    unknown=(
        Case(title="the name", resources=[agent_pool(agentPoolName=UNKNOWN)], at=["agentPoolName"]),
        Case(
            title="an expression",
            resources=[in_template(agent_pool(), "[parameters('name')]")],
            at=["properties.template.resources[0].name"],
        ),
        Case(
            title="the system of a pool with eight characters",
            resources=[agent_pool(agentPoolName="linbuild", osType=UNKNOWN)],
            at=["osType"],
        ),
    ),
    mutations=(
        Mutation(of=WINDOWS, path="agentPoolName", value="w22p322"),
        Mutation(of=INLINE, path=f"{SYSTEM}.name", value="1system"),
        Mutation(of=LOCAL, path="resourceName", value="w2"),
        Mutation(of=PREFIXED, path="agentPoolName", value="xlin"),
    ),
)
