"""`cluster-diagnostics`: what happened in a cluster can be read afterwards.

Judges AKS clusters by the diagnostic settings of the program. Refuses the whole audit log, by its own name or in a
group: it has every read of every controller, costs most and tells least (`components/azure/diagnostics.py`). A setting
that Azure Policy adds is not seen from here, so this is advice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.owners import Told, owners
from rules.policies.cluster.parts import DIAGNOSTIC_SETTING, Part
from rules.policies.node import Unchecked, Verdict, guarded
from rules.policies.resource import Resource
from rules.policies.rule import ADVISORY, Context, Option, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "cluster-diagnostics"
_FULL_AUDIT: Final = "kube-audit"
_GROUPS_WITH_IT: Final = ("alllogs", "audit")


def _read(resource: Resource) -> list[Cluster | Part]:
    return [*clusters(resource), *DIAGNOSTIC_SETTING(resource)]


def _check(subjects: Sequence[tuple[Resource, Cluster | Part]], context: Context) -> Told:
    made = [one for _, one in subjects if isinstance(one, Cluster) and one.platform == "aks"]
    settings = [(resource, one, owners(resource, made)) for resource, one in subjects if isinstance(one, Part)]
    for cluster in made:
        own = [(resource, part) for resource, part, (certain, _) in settings if cluster in certain]
        maybe = [resource for resource, _, (_, possible) in settings if cluster in possible]
        for resource, part in own:
            yield from ((resource, verdict) for verdict in guarded(_economical(part)))
        if maybe and not own:
            yield maybe[0], Unchecked(path="resourceUri")
            continue
        yield from _complete(cluster, own, context.options["categories"])


def _complete(cluster: Cluster, own: Sequence[tuple[Resource, Part]], wanted: Sequence[str]) -> Told:
    on: set[str] = set()
    for resource, part in own:
        logs = part.body.get("logs")
        for entry in logs.items() if logs.is_known else [logs]:
            category, enabled = entry.get("category"), entry.get("enabled")
            group = entry.get("categoryGroup").value
            if isinstance(group, str) and group.casefold() == _GROUPS_WITH_IT[0] and enabled.value is True:
                return
            unknown = next((node for node in (category, enabled) if not node.is_known), None)
            if unknown is not None:
                # It may be the one that is missing; whoever reads this will know.
                yield resource, Unchecked(path=unknown.path if logs.is_known else logs.path)
                return
            if enabled.value is True and isinstance(category.value, str):
                on.add(category.value.casefold())
    missing = [category for category in wanted if category.casefold() not in on]
    if missing:
        yield (
            cluster.resource,
            Problem(
                rule=ID,
                path=cluster.body.path,
                given=f"no diagnostic setting of this cluster has {listed(missing)}",
                allowed=f"the logs {listed(wanted, 'and')}",
                fix="add a DiagnosticSetting with them, to a workspace",
            ),
        )


def _economical(part: Part) -> Iterator[Verdict]:
    for entry in part.body.get("logs").items():
        for node in (entry.get("category"), entry.get("categoryGroup")):
            if entry.get("enabled").value is not True or not isinstance(node.value, str):
                continue
            if node.value.casefold() in (_FULL_AUDIT, *_GROUPS_WITH_IT):
                yield Problem(
                    rule=ID,
                    path=node.path,
                    given=given(node.value),
                    allowed='"kube-audit-admin" in its place, which has what changes something',
                    fix="list the categories one by one, with kube-audit-admin",
                )


RULE: Final = Rule[Cluster | Part](
    id=ID,
    group="cluster",
    title="logs of the control plane are kept, with changes and logins, without every read",
    why="Who added a binding or took a token is in the audit log alone, and it is not kept unless somebody asks.",
    fix="Send kube-audit-admin, guard and cluster-autoscaler to a workspace by a diagnostic setting, and not "
    "kube-audit.",
    severity="medium",
    levels=ADVISORY,
    read=_read,
    check_stack=_check,
    options={
        "categories": Option(
            default=["kube-audit-admin", "guard", "cluster-autoscaler"],
            schema={
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "categories of resource logs that every cluster keeps",
            },
        )
    },
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000022"),
        Reference(framework="PSRule for Azure", id="AZR-000023"),
        Reference(framework="PSRule for Azure", id="AZR-000445"),
        Reference(framework="Azure Policy", id="245fc9df-fa96-4414-9a0b-3738c2f7341c"),
    ),
)
