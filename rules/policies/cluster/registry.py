"""`acr-hardened`: a registry has no password and no public pull, and a right to it is for it alone.

Judges registries, and the roles that let somebody pull or push. The kubelets' identity pulls and does nothing else:
every pod that reaches the metadata service has it. What it may do elsewhere is `azure-role-least-privilege`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.azure import Cluster, clusters
from rules.policies.cluster.grants import REGISTRY_TYPE, THE_CLUSTERS, Grant, Identities, identities
from rules.policies.cluster.mending import with_flags
from rules.policies.cluster.owners import Told
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, REGISTRY, ROLE_ASSIGNMENT, Part
from rules.policies.node import Node, NotKnown, Verdict, each_known, guarded
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.tables.azure_roles import ACR_PULL, ACR_PUSH, PRIVILEGED

ID: Final = "acr-hardened"


def _read(resource: Resource) -> list[Part | Cluster]:
    return [*REGISTRY(resource), *ROLE_ASSIGNMENT(resource), *FEDERATED_CREDENTIAL(resource), *clusters(resource)]


def _check(subjects: Sequence[tuple[Resource, Part | Cluster]], context: Context) -> Told:
    nodes = identities([one for _, one in subjects])
    for resource, one in subjects:
        if isinstance(one, Part):
            found = _registry(one) if one.type is REGISTRY else _grant(Grant(one), nodes)
            yield from ((resource, verdict) for verdict in guarded(found))


def _registry(part: Part) -> Iterator[Verdict]:
    def off(node: Node) -> Iterator[Verdict]:
        if node.flag():
            yield Problem(rule=ID, path=node.path, given="true", allowed="false", fix="write false")

    yield from each_known([part.body.get("adminUserEnabled"), part.body.get("anonymousPullEnabled")], off)


def _grant(grant: Grant, nodes: Identities) -> Iterator[Verdict]:
    if grant.part.type is not ROLE_ASSIGNMENT:
        return
    try:
        scope = grant.scope()
    except NotKnown:
        if grant.role() not in (ACR_PULL, ACR_PUSH):
            return
        raise
    if scope.type == REGISTRY_TYPE:
        role = grant.role()
        whose = nodes.whose(grant) if role == ACR_PUSH or role in PRIVILEGED else None
        if whose == THE_CLUSTERS:
            yield Problem(
                rule=ID,
                path=grant.role_node.path,
                given=f"{role}, for {whose}",
                allowed=f"{ACR_PULL}: whoever gets a pod to the metadata service has this identity",
                fix=f"assign {ACR_PULL}, and let jobs push with an identity of their own",
            )
    elif scope.level != "resource" and (role := grant.role()) in (ACR_PULL, ACR_PUSH):
        yield Problem(
            rule=ID,
            path=grant.scope_node.path,
            given=f"{role} at a {scope.level}",
            allowed="one registry: here it is for every registry that ever comes",
            fix="assign the role at the registry that the nodes or jobs use",
        )


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    # Who pulls anonymously would be locked out: that one is for a person.
    flags = [part.body.get("adminUserEnabled") for part in REGISTRY(resource) if part.typed]
    return with_flags(resource, [node.path for node in flags if node.value is True], False)


RULE: Final = Rule[Part | Cluster](
    id=ID,
    group="cluster",
    title="the registry takes identities alone, and rights to pull and push are for one registry",
    why="The admin user is one password for everybody, and anonymous pull shows every image. A role at a group or "
    "subscription reaches registries that nobody thought of.",
    fix="Turn adminUserEnabled and anonymousPullEnabled off; assign AcrPull and AcrPush at the registry.",
    severity="high",
    levels=MANDATORY,
    read=_read,
    check_stack=_check,
    references=(
        Reference(framework="PSRule for Azure", id="AZR-000005"),
        Reference(framework="Checkov", id="CKV_AZURE_137"),
        Reference(framework="Checkov", id="CKV_AZURE_138"),
        Reference(framework="CIS AKS 1.8", id="5.1.2"),
        Reference(framework="CIS AKS 1.8", id="5.1.3"),
    ),
    remedy=_remedy,
)
