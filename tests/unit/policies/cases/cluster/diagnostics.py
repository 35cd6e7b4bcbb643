"""Cases of `cluster-diagnostics`."""

from __future__ import annotations

from rules.policies.cluster.diagnostics import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import GROUP, diagnostics, local_cluster
from tests.unit.policies.scenes import UNKNOWN, cluster

WANTED = ("kube-audit-admin", "guard", "cluster-autoscaler")
OURS = Case(title="our cluster and its logs", resources=[cluster(), diagnostics(*WANTED)])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="two settings", resources=[cluster(), diagnostics(*WANTED[:1]), diagnostics(*WANTED[1:])]),
        Case(
            title="the only cluster, whose id is not known yet",
            resources=[cluster(), diagnostics(*WANTED, resourceUri=UNKNOWN)],
        ),
        Case(
            title="a setting of something else that has every log",
            resources=[
                diagnostics(
                    resourceUri=f"{GROUP}/providers/Microsoft.KeyVault/vaults/v",
                    logs=[{"categoryGroup": "allLogs", "enabled": True}],
                )
            ],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(title="no setting", resources=[cluster()], at=[""]),
        Case(
            title="a setting of something else",
            resources=[
                cluster(),
                diagnostics(*WANTED, resourceUri=f"{GROUP}/providers/Microsoft.KeyVault/vaults/v"),
            ],
            at=[""],
        ),
        Case(title="no logins", resources=[cluster(), diagnostics("kube-audit-admin", "cluster-autoscaler")], at=[""]),
        Case(
            title="a log that is off",
            resources=[
                cluster(),
                diagnostics(
                    logs=[{"category": name, "enabled": name != "guard"} for name in WANTED],
                ),
            ],
            at=[""],
        ),
        Case(
            title="the whole audit log",
            resources=[cluster(), diagnostics(*WANTED, "kube-audit")],
            at=["logs[3].category"],
        ),
        Case(
            title="everything, as a group",
            resources=[cluster(), diagnostics(logs=[{"categoryGroup": "allLogs", "enabled": True}])],
            at=["logs[0].categoryGroup"],
        ),
    ),
    unknown=(
        Case(
            title="a log",
            resources=[cluster(), diagnostics("kube-audit-admin", "guard", UNKNOWN)],
            at=["logs[2].category"],
        ),
        Case(
            title="whose logs they are",
            resources=[cluster(), cluster(resourceName="other"), diagnostics(*WANTED, resourceUri=UNKNOWN)],
            at=["resourceUri"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path="logs[1].enabled", value=False, resource=1),
        Mutation(of=OURS, path="logs[0].category", value="kube-audit", resource=1),
        Mutation(of=OURS, path="logs", value=None, resource=1),
    ),
)
