"""ClusterRoles that are summed up of others: by what they choose them, and what comes of it.

Owns the labels. The rules of such a role are written by a controller in the cluster, whatever its author says, and are
those of every ClusterRole that one of its selectors finds, now and later:
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rules.policies.node import Node
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
    found, waiting = [role], [role]
    while waiting:
        choosing = selectors(waiting.pop())
        if choosing:
            more = [one for one in roles if not any(one is it for it in found) and _is_found(one, choosing)]
            found += more
            waiting += more
    return [node for one in found for node in one.body.get("rules").items()]


def _is_found(role: Object, choosing: Sequence[Node]) -> bool:
    labels = role.meta.get("labels")
    return any(
        all(labels.get(key).text() == value.text() for key, value in wanted)
        for wanted in (selector.get("matchLabels").entries() for selector in choosing)
    )
