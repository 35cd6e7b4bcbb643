"""`trust-labels-protected`: the labels by which everything else knows trust and purpose are set by those who may.

Every confinement asks a label of the namespace, and every placement one of the node; whoever can change them is above
all other rules. A program is held to the fleet's configuration. In the cluster the API server asks RBAC whether the
caller may `update` the virtual resource `confinements` of the group `buildfleet.dev`; cluster administrators may do
everything, and others are let by this rule of a ClusterRole:

    {apiGroups: [buildfleet.dev], resources: [confinements], verbs: [update]}

The kubelet may put any label on its own node outside of `node-restriction.kubernetes.io/` and Kubernetes' own
(https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction, read 2026-11), so a job
that has broken out to a node could move the node into another pool. It keeps the labels that it registered with, and so
does everything that has its token there: a kubelet can have tokens of the accounts of its pods, and some of
`kube-system` may write every node, as AKS' cloud-node-manager does, whose pods are on all of them. On AKS the control
plane writes `agentpool` and the pool's own labels, so the users of the control plane are let, by name. A node is made
by its own kubelet or by who may set trust: else it could be deleted and made anew, in another pool.

A namespace by the name of an exempt one is not judged, whoever makes it; AKS and its extensions make theirs when a
feature is switched on, so that many of the names are free on most clusters. To take one takes the same right. Service
accounts of exempt namespaces are let, since operators there make the others, and could do whatever a pod there could.

Refuses to say who may read them, and what a new node registers with: that is Azure's to say, by its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rules.policies.fleet import (
    CONFINEMENT_LABEL,
    OS_LABEL,
    POOL_LABEL,
    PURPOSE_LABEL,
    STACK_LABEL,
    TRUST_LABEL,
)
from rules.policies.namespaces.managed import namespaces_and_nodes
from rules.policies.namespaces.pod_security import MODES, PREFIX
from rules.policies.node import Verdict, each_known
from rules.policies.objects import Object
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.system_users import SYSTEM_USERS
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from rules.words import given

ID: Final = "trust-labels-protected"


def _check(item: Object, context: Context) -> Iterator[Verdict]:
    parts = (_node,) if item.kind == "Node" else (_confinement, _stack)
    return each_known(list(parts), lambda part: part(item, context))


def _stack(item: Object, context: Context) -> Iterator[Verdict]:
    node = item.meta.get("labels", STACK_LABEL)
    value, own = node.text(), context.fleet.stack
    if value is not None and value != own:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(value),
            allowed=f"{own}, the stack of the fleet's settings, or no such label"
            if own
            else "no such label, as the fleet's settings name no stack",
            fix="remove the label, or name the stack in the fleet's settings",
        )


def _node(item: Object, context: Context) -> Iterator[Verdict]:
    labels, fleet = item.meta.get("labels"), context.fleet
    labels.known()
    ours = {key: labels.get(key) for key in (POOL_LABEL, PURPOSE_LABEL, STACK_LABEL, TRUST_LABEL)}
    granting = {key: node for key, node in ours.items() if node.is_given}
    if not granting:
        return
    # A patch does not say the operating system again.
    keys = [(pool, {key: value for key, value in pool.selector.items() if key != OS_LABEL}) for pool in fleet.pools]
    pools = [
        pool for pool, asked in keys if asked and all(labels.get(key).text() == value for key, value in asked.items())
    ]
    if len(pools) != 1:
        for node in granting.values():
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.text()),
                allowed="no such label on a node whose other labels do not say which of the fleet's pools it is of",
                fix="remove the label, or set it on the pool, whose nodes register with it",
            )
        return
    pool = pools[0]
    right = {POOL_LABEL: pool.name, PURPOSE_LABEL: pool.purpose, STACK_LABEL: fleet.stack, TRUST_LABEL: pool.trust}
    for key, node in granting.items():
        if node.text() != right[key]:
            yield Problem(
                rule=ID,
                path=node.path,
                given=given(node.text()),
                allowed=f"{right[key] or 'no such label'}, as the fleet's settings have it of the pool {pool.name}",
                fix="set the label to that, or change the fleet's settings",
            )


def _confinement(item: Object, context: Context) -> Iterator[Verdict]:
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


def _same(keys: Sequence[str] | None = None) -> str:
    """CEL: none of the labels differs between the object before and after; `None`: none by which a pool is found.

    A label without a value is not the same as no label: selectors ask for either.
    """
    before, after = _labels("oldObject"), _labels("object")
    of = "variables.nodeKeys" if keys is None else literal(list(keys))
    return f"{of}.all(k, {before}[?k] == {after}[?k])"


_KUBELET: Final = (
    "(request.userInfo.username.startsWith('system:node:') || 'system:nodes' in request.userInfo.?groups.orValue([]))"
)
_REGISTERS: Final = (
    "(request.operation == 'CREATE' && request.userInfo.username == 'system:node:' + object.metadata.?name.orValue(''))"
)
_SYSTEM_USER: Final = f"request.userInfo.username in {literal(list(SYSTEM_USERS))}"
_SYSTEMS: Final = f"({_SYSTEM_USER} || request.userInfo.username.startsWith('system:serviceaccount:kube-system:'))"
_ACCOUNT_OF_EXEMPT: Final = (
    "(request.userInfo.username.startsWith('system:serviceaccount:') && "
    "request.userInfo.username.split(':')[2] in variables.exempt)"
)
_MAY: Final = f"authorizer.group('{GROUP}').resource('{RESOURCE}').check('{VERB}').allowed()"
_MAY_WORDS: Final = f"it takes the right to {VERB} {RESOURCE}.{GROUP}"
_CONFINED: Final = " || ".join(f"{_labels(of)}[?'{CONFINEMENT_LABEL}'].hasValue()" for of in ("oldObject", "object"))
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
            f"!{_KUBELET} || {_same()} || {_REGISTERS}",
        ),
        message="a kubelet may not move its node to another pool, purpose or trust",
    ),
    Twin(
        family="trust",
        expression=_only(
            "Node",
            f"{_KUBELET} || {_same()} || {_SYSTEM_USER} || {_MAY}",
        ),
        message=f"'a node\\'s labels ' + variables.nodeKeys.join(', ') + ' grant trust; {_MAY_WORDS}'",
        is_expression=True,
    ),
    Twin(
        family="trust",
        expression=_only(
            "Namespace",
            "request.operation != 'CREATE' || !(object.metadata.?name.orValue('') in variables.exempt) || "
            f"{_SYSTEMS} || {_ACCOUNT_OF_EXEMPT} || {_MAY}",
        ),
        message=f"pods of a namespace by this name are not judged; {_MAY_WORDS} to make it",
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
    read=namespaces_and_nodes,
    check=_check,
    references=(
        Reference(framework="Kyverno", id="restrict-node-label-changes"),
        Reference(framework="CIS Kubernetes 1.12", id="5.6.1"),
        Reference(framework="Azure Policy", id="53a4a537-990c-495a-92e0-7c21a465442c"),
    ),
    twins=_TWINS,
)
