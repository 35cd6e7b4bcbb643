"""Cases of `pool-no-public-access`."""

from __future__ import annotations

from rules.policies.node_pools.pool_no_public_access import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import (
    SYSTEM,
    TEMPLATE,
    in_template,
    local_pool,
    plain_pool,
    windows_pool,
    with_system,
)
from tests.unit.policies.scenes import UNKNOWN, agent_pool

POOL = Case(title="a pool", resources=[agent_pool()])
CLOSED = Case(
    title="no SSH",
    resources=[with_system(enableNodePublicIP=False, securityProfile={"sshAccess": "Disabled"})],
    options={"sshAccessSaid": True},
)

CASES = Cases(
    rule=RULE,
    passes=(
        POOL,
        CLOSED,
        Case(title="Windows has no SSH access to say", resources=[windows_pool()], options={"sshAccessSaid": True}),
        Case(title="Azure Local", resources=[local_pool()], options={"sshAccessSaid": True}),
    ),
    fails=(
        Case(title="addresses", resources=[plain_pool(enableNodePublicIP=True)], at=["enableNodePublicIP"]),
        Case(
            title="addresses in a cluster",
            resources=[with_system(enableNodePublicIP=True)],
            at=[f"{SYSTEM}.enableNodePublicIP"],
        ),
        Case(
            title="keys of their own, in a template",
            resources=[in_template(agent_pool(securityProfile={"sshAccess": "LocalUser"}))],
            at=[f"{TEMPLATE}.securityProfile.sshAccess"],
        ),
        Case(
            title="keys by default, where it must be said",
            resources=[agent_pool()],
            options={"sshAccessSaid": True},
            at=["securityProfile.sshAccess"],
        ),
    ),
    unknown=(
        Case(title="addresses", resources=[agent_pool(enableNodePublicIP=UNKNOWN)], at=["enableNodePublicIP"]),
        Case(
            title="SSH",
            resources=[agent_pool(securityProfile={"sshAccess": UNKNOWN})],
            at=["securityProfile.sshAccess"],
        ),
    ),
    mutations=(
        Mutation(of=POOL, path="enableNodePublicIP", value=True),
        Mutation(of=POOL, path="securityProfile", value={"sshAccess": "localuser"}),
        Mutation(of=CLOSED, path=f"{SYSTEM}.securityProfile", value={}),
    ),
)
