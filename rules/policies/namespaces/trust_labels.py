"""`trust-labels-protected`: the labels by which everything else knows trust and purpose are set by those who may.

Every confinement asks a label of the namespace, and every placement one of the node; whoever can change them is above
all other rules. A program is held to the fleet's configuration. In the cluster the API server asks RBAC whether the
caller may `update` the virtual resource `confinements` of the group `buildfleet.dev`; cluster administrators may do
everything, and others are let by this rule of a ClusterRole:

    {apiGroups: [buildfleet.dev], resources: [confinements], verbs: [update]}

The verb is one of the ordinary ones as Azure RBAC for Kubernetes knows no others for custom resources: any other is an
error to it, also for whoever has the role of the cluster's administrator (kubeguard/guard authz/providers/azure/rbac,
`getActionName`, read 2026-11).

The kubelet may put any label on its own node outside of `node-restriction.kubernetes.io/` and Kubernetes' own
(https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction, read 2026-11), so a job
that has broken out to a node could move the node into another pool. It keeps the labels that it registered with.

Refuses to say who may read them, and what a new node registers with: that is Azure's to say, by its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.fleet import (
    CONFINEMENT_LABEL,
    POOL_LABEL,
    PURPOSE_LABEL,
    STACK_LABEL,
    TRUST_LABEL,
)
from rules.policies.namespaces.pod_security import MODES, PREFIX
from rules.policies.node import Verdict
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.system_users import SYSTEM_USERS
from rules.words import given

ID: Final = "trust-labels-protected"
GROUP: Final = "buildfleet.dev"
RESOURCE: Final = "confinements"
VERB: Final = "update"
"""What RBAC must grant to whoever sets such labels."""

NODE_LABELS: Final = (POOL_LABEL, PURPOSE_LABEL, TRUST_LABEL)
AZURES_NODE_LABELS: Final = ("agentpool", "kubernetes.azure.com/agentpool")
"""Of nodes, too, but Azure sets these itself: only the kubelet may not change them."""


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    name = item.meta.get("name").text()
    own = context.fleet.confinement(name)
    node = item.meta.get("labels", CONFINEMENT_LABEL)
    value = node.text()
    if value == own or (value is None and item.partial):
        return
    if own is None:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(value),
            allowed="no such label on a namespace that is not one of the fleet's",
            fix="remove the label, or name the namespace in the fleet's settings",
        )
    else:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(value),
            allowed=f"{own}, as the fleet's settings have it",
            fix=f"set the label to {own}, or change the fleet's settings",
        )


def _labels(of: str) -> str:
    return f"({of} == null ? {{}} : dyn({of}).metadata.?labels.orValue({{}}))"


def _same(keys: Sequence[str]) -> str:
    """CEL: none of the labels differs between the object before and after."""
    before, after = _labels("oldObject"), _labels("object")
    return f"{literal(list(keys))}.all(k, {before}[?k].orValue('') == {after}[?k].orValue(''))"


_KUBELET: Final = (
    "(request.userInfo.username.startsWith('system:node:') || 'system:nodes' in request.userInfo.?groups.orValue([]))"
)
_SYSTEMS: Final = (
    f"(request.userInfo.username in {literal(list(SYSTEM_USERS))} || "
    "request.userInfo.username.startsWith('system:serviceaccount:kube-system:'))"
)
_MAY: Final = f"authorizer.group('{GROUP}').resource('{RESOURCE}').check('{VERB}').allowed()"
_MAY_WORDS: Final = f"it takes the right to {VERB} {RESOURCE}.{GROUP}"
_CONFINED: Final = " || ".join(
    f"{_labels(of)}[?'{CONFINEMENT_LABEL}'].orValue('') != ''" for of in ("oldObject", "object")
)
_POD_SECURITY: Final = sorted(f"{PREFIX}{mode}{end}" for mode in MODES for end in ("", "-version"))


def _only(kind: str, expression: str) -> str:
    return f"request.kind.kind != '{kind}' || ({expression})"


_TWINS: Final = (
    Twin(
        family="trust",
        expression=_only("Namespace", f"{_same([CONFINEMENT_LABEL, STACK_LABEL])} || {_MAY}"),
        message=f"the labels {CONFINEMENT_LABEL} and {STACK_LABEL} of a namespace grant trust; {_MAY_WORDS}",
    ),
    Twin(
        family="trust",
        expression=_only("Namespace", f"!({_CONFINED}) || {_same(_POD_SECURITY)} || {_MAY}"),
        message=f"the Pod Security labels of a confined namespace decide what it admits; {_MAY_WORDS}",
    ),
    Twin(
        family="trust",
        expression=_only(
            "Node",
            f"request.operation != 'UPDATE' || !{_KUBELET} || {_same([*NODE_LABELS, *AZURES_NODE_LABELS])}",
        ),
        message="a kubelet may not move its node to another pool, purpose or trust",
    ),
    Twin(
        family="trust",
        expression=_only(
            "Node",
            f"request.operation != 'UPDATE' || {_KUBELET} || {_same(NODE_LABELS)} || {_SYSTEMS} || {_MAY}",
        ),
        message=f"a node's labels {POOL_LABEL}, {PURPOSE_LABEL} and {TRUST_LABEL} grant trust; {_MAY_WORDS}",
    ),
)

RULE: Final = Rule[Object](
    id=ID,
    group="namespaces",
    title="labels that grant trust say what the fleet's settings say, and change only by who may set trust",
    why="Who can label a namespace as one of the engine's can run HostProcess pods there, and who can label a node "
    "gets the jobs of another trust.",
    fix="Remove the label, or declare the namespace in the fleet's settings; in the cluster, let whoever deploys the "
    f"fleet {VERB} {RESOURCE}.{GROUP} by a ClusterRole.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("Namespace"),
    check=_check,
    references=(
        Reference(framework="Kyverno", id="restrict-node-label-changes"),
        Reference(framework="CIS Kubernetes 1.12", id="5.6.1"),
        Reference(framework="Azure Policy", id="53a4a537-990c-495a-92e0-7c21a465442c"),
    ),
    twins=_TWINS,
)
