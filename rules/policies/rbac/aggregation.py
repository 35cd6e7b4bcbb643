"""ClusterRoles that are summed up of others: by what they choose them, and what comes of it.

Owns the labels. The rules of such a role are written by a controller in the cluster, whatever its author says, and are
those of every ClusterRole that one of its selectors finds, now and later:
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.node import Node, NotKnown
from rules.policies.objects import Object

_ADDS: Final = "rbac.authorization.k8s.io/aggregate-to-"
TO_VIEW: Final = f"{_ADDS}view"
"""Label of ClusterRoles whose rules are added to Kubernetes' `view`, where it is `true`."""
_DOMAINS: Final = ("k8s.io", "kubernetes.io")


def selectors(role: Object) -> list[Node]:
    """What a role is summed up by; of any other none. Raises `NotKnown`."""
    return role.body.get("aggregationRule", "clusterRoleSelectors").items()


def adds_to_kubernetes(role: Object) -> bool:
    """Whether its rules become part of `admin`, `edit` or `view`. Raises `NotKnown`."""
    return any(key.startswith(_ADDS) and label.text() == "true" for key, label in role.meta.get("labels").entries())


def is_chosen(selector: Node) -> bool:
    """Whether only roles are found that somebody has made for it: by a label that is not one of Kubernetes' own. All
    the roles of the cluster, cluster-admin among them, carry some of those, or lack what an expression asks to be
    lacking. Raises `NotKnown`."""
    return any(not _is_kubernetes_own(key) for key, _ in selector.get("matchLabels").entries())


def _is_kubernetes_own(key: str) -> bool:
    domain = key.partition("/")[0]
    return any(domain == one or domain.endswith(f".{one}") for one in _DOMAINS)


def rules_of(role: Object, roles: Sequence[Object]) -> list[Node]:
    """Its own rules, and those of the roles that it is summed up of. Raises `NotKnown`."""
    return [node for one in (role, *others_of(role, roles)) for node in one.body.get("rules").items()]


def others_of(role: Object, roles: Sequence[Object]) -> Iterator[Object]:
    """The roles that it is summed up of, and those that those are.

    A patch is of the role that has its name: it can bring the label, or the rules. What is known comes first, then it
    raises `NotKnown`.
    """
    patches = [one for one in roles if one.partial]
    found, waiting = [role], [role]
    unknown: list[NotKnown] = []
    while waiting:
        summed = waiting.pop()
        try:
            choosing = selectors(summed)
        except NotKnown as error:
            unknown.append(error)
            continue
        for other in roles if choosing or summed.partial else patches:
            try:
                is_part = not any(other is one for one in found) and (
                    _is_same(other, summed) or _is_found(other, choosing)
                )
            except NotKnown as error:
                unknown.append(error)
                continue
            if is_part:
                found.append(other)
                waiting.append(other)
                yield other
    if unknown:
        raise unknown[0]


def _is_same(role: Object, other: Object) -> bool:
    """Whether one of them is a patch of the other."""
    name = role.meta.get("name")
    if not (role.partial or other.partial) or not name.is_known:
        return False
    return name.is_given and name.value == other.meta.get("name").value


def _is_found(role: Object, choosing: Sequence[Node]) -> bool:
    labels = role.meta.get("labels")
    return any(
        all(labels.get(key).text() == value.text() for key, value in wanted)
        for wanted in (selector.get("matchLabels").entries() for selector in choosing)
    )
