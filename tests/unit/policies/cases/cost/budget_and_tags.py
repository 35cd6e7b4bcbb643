"""Cases of `cost-budget-and-tags`."""

from __future__ import annotations

from typing import Any

from rules.policies.cost.budget_and_tags import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.node_pools.forms import in_template, local_cluster, local_pool, plain_pool, without
from tests.unit.policies.scenes import UNKNOWN, Resource, agent_pool, cluster

TOLD = {
    "spent-80": {"contactEmails": ["team@contoso.com"], "enabled": True, "operator": "GreaterThan", "threshold": 80}
}


def budget(**more: Any) -> Resource:
    inputs = {"amount": 8000, "budgetName": "fleet", "category": "Cost", "notifications": TOLD, **more}
    return Resource(type="azure-native:consumption:Budget", name="budget", inputs=inputs)


def arm(kind: str, name: str, **more: Any) -> Resource:
    """Something in a template."""
    template = {"resources": [{"type": kind, "name": name, **more}]}
    return Resource(
        type="azure-native:resources:Deployment",
        name="deployment",
        inputs={"properties": {"mode": "Incremental", "template": template}, "resourceGroupName": "fleet"},
    )


VAULT = Resource(
    type="azure-native:keyvault:Vault", name="vault", inputs={"tags": {"Environment": "prod", "OWNER": "team"}}
)
OURS = Case(title="a stack", resources=[cluster(), agent_pool(), budget()])
TAGGED = Case(title="tags in any capitals", resources=[VAULT])
BUDGET = "properties.template.resources[0].properties.notifications"

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        TAGGED,
        Case(title="Azure Local needs no budget", resources=[local_cluster(), local_pool()]),
        Case(title="the budget of another stack", resources=[cluster()], options={"budget": False}),
        Case(title="what takes no tags", resources=[Resource(type="azure-native:network:Subnet", name="s", inputs={})]),
        Case(
            title="a budget in a template",
            resources=[cluster(), arm("Microsoft.Consumption/budgets", "b", properties={"notifications": TOLD})],
        ),
        Case(
            title="a second budget, which is not known yet",
            resources=[cluster(), budget(notifications=UNKNOWN), budget()],
        ),
    ),
    fails=(
        Case(title="no tags", resources=[without(VAULT, "tags")], at=["tags"]),
        Case(title="one tag of two", resources=[agent_pool(tags={"owner": "team"}), budget()], at=["tags"]),
        Case(
            title="a tag that says nothing",
            resources=[cluster(tags={"environment": "", "owner": "team"}), budget()],
            at=["tags.environment"],
        ),
        Case(
            title="the tags of a pool in a template",
            resources=[in_template(plain_pool(tags={})), budget()],
            at=["properties.template.resources[0].properties.tags"],
        ),
        Case(
            title="a cost center, where one is asked for",
            resources=[VAULT],
            options={"tags": ["owner", "costCenter"]},
            at=["tags"],
        ),
        Case(
            title="no tags of a vault in a template",
            resources=[arm("Microsoft.KeyVault/vaults", "v", properties={})],
            at=["properties.template.resources[0].tags"],
        ),
        Case(title="no budget", resources=[cluster()], at=[""]),
        Case(title="a budget that tells nobody", resources=[cluster(), budget(notifications={})], at=["notifications"]),
        Case(
            title="a notification that is off",
            resources=[cluster(), budget(notifications={"one": {**TOLD["spent-80"], "enabled": False}})],
            at=["notifications"],
        ),
        Case(
            title="a notification to no one, in a template",
            resources=[
                arm("Microsoft.Consumption/budgets", "b", properties={"notifications": {"one": {"enabled": True}}}),
                cluster(),
            ],
            at=[BUDGET],
        ),
    ),
    unknown=(
        Case(title="the tags", resources=[cluster(tags=UNKNOWN), budget()], at=["tags"]),
        Case(title="the notifications", resources=[cluster(), budget(notifications=UNKNOWN)], at=["notifications"]),
        Case(
            title="what a template makes",
            resources=[
                Resource(
                    type="azure-native:resources:Deployment", name="d", inputs={"properties": {"template": UNKNOWN}}
                )
            ],
            at=["properties.template"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="notifications", value={}, resource=2),
        Mutation(of=OURS, path="tags.owner", value=None, resource=1),
        Mutation(of=TAGGED, path="tags.OWNER", value=""),
    ),
)
