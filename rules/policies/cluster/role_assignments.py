"""`azure-role-least-privilege`: nobody gets a whole subscription, and code on nodes gets no power over Azure.

Judges the four roles with which one can give oneself more. At a subscription, a management group or the tenant nobody
has them; a condition makes an exception for those that do nothing but grant. Identities that code on nodes can use have
none of them anywhere: the kubelets', the control plane's, and those of pods.

A deployment has power over its resource group, as ours has: what deploys must be able to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.grants import WIDE, Grant, Identities, identities
from rules.policies.cluster.owners import Told
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, ROLE_ASSIGNMENT, Part
from rules.policies.node import Verdict, each_known, guarded
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.tables.azure_roles import GRANTING, PRIVILEGED
from rules.words import given

ID: Final = "azure-role-least-privilege"


def _read(resource: Resource) -> list[Part | Cluster]:
    return [*ROLE_ASSIGNMENT(resource), *FEDERATED_CREDENTIAL(resource), *clusters(resource)]


def _check(subjects: Sequence[tuple[Resource, Part | Cluster]], context: Context) -> Told:
    nodes = identities([one for _, one in subjects])
    for resource, one in subjects:
        if isinstance(one, Part) and one.type is ROLE_ASSIGNMENT:
            yield from ((resource, verdict) for verdict in guarded(_grant(Grant(one), nodes)))


def _grant(grant: Grant, nodes: Identities) -> Iterator[Verdict]:
    if not grant.role_node.is_known and grant.scope().level not in WIDE and nodes.whose(grant) is None:
        return
    role = grant.role()
    if role not in PRIVILEGED:
        return
    yield from each_known([grant], _nowhere_wide)
    whose = nodes.whose(grant)
    if whose is not None:
        yield Problem(
            rule=ID,
            path=grant.role_node.path,
            given=f"{role}, for {whose}",
            allowed="roles for what its work needs, for example AcrPull at the registry",
            fix="assign a role for the one resource and purpose, or let a pipeline's own identity do it",
        )


def _nowhere_wide(grant: Grant) -> Iterator[Verdict]:
    role = grant.role()
    if role in GRANTING and grant.part.body.get("condition").is_given:
        return
    scope = grant.scope()
    if scope.level in WIDE:
        yield Problem(
            rule=ID,
            path=grant.scope_node.path,
            given=f"{role} at {given(grant.scope_node.value) if grant.scope_node.is_given else f'the {scope.level}'}",
            allowed="a resource group or less"
            + (", or a condition on what may be granted" if role in GRANTING else ""),
            fix="assign the role at the resource group of the environment"
            + (", with a condition that lists the roles" if role in GRANTING else ""),
        )


RULE: Final = Rule[Part | Cluster](
    id=ID,
    group="cluster",
    title="no identity has power over a whole subscription, and none on nodes over anything",
    why="What a build can reach it can use: with one of these roles on a kubelet or a pod a job owns the environment, "
    "and with one on a subscription every environment beside it.",
    fix="Assign a narrower role, at the resource group or the resource; limit the right to grant by a condition.",
    severity="critical",
    levels=MANDATORY,
    read=_read,
    check_stack=_check,
    references=(Reference(framework="Microsoft cloud security benchmark", id="PA-7"),),
)
