"""The cluster's form of the rules: specs of ValidatingAdmissionPolicies and of their bindings, as plain data.

Owns what each family of twins is asked about: which kinds, in which namespaces, and when. What is asked is the rules'
own (`rules.policies`).

- A policy fails closed: an expression that cannot be evaluated refuses. So no expression may fail on a legal object.
- No `reason`: the default, Invalid, is an answer 422, which a preview shows. Forbidden is 403, which Pulumi's provider
  takes for "not allowed to try" in a preview, and passes over (pulumi-kubernetes, `Create` and `Update`, read 2026-07).
- What did not change is not judged again: an object from before the policy must be able to lose a finalizer, be scaled
  down and end. What is being deleted is judged as all else: a finalizer can keep it for as long as somebody likes.
- The values of the fleet are literals in the policy. Parameters in a ConfigMap would let whoever deletes it stop every
  pod of the cluster, or none.
- Namespaces of other stacks on the cluster are theirs to judge: each stack knows its own pools and registries only.
- A stack file that adds a pool or a registry changes the policies and what needs them in one update. The policies in
  force know the old values, in a preview and, as the API server takes a new policy up a second after it was changed,
  for the first objects of the update, too. So the fleet's values (`OPEN`) are not asked of a Deployment or another
  maker of pods that carries the stack's label and comes from somebody who may assign trust: the policy pack asks them,
  with the new values, and the API server asks them of the pods. Kubernetes' own controllers try again; ARC's marks a
  runner whose pod was refused as failed, and leaves it so. Confinement by namespace, who may be privileged or have the
  pipe, is asked of everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from rules.policies.fleet import COMPONENT_LABEL, CONFINEMENT_LABEL, JOB_COMPONENT, STACK_LABEL, Fleet
from rules.policies.rule import Family, Level, Rule, Twin
from rules.policies.twin import POD_FAMILIES, template, validation, variables
from rules.tables.trust_right import GROUP, RESOURCE, VERB

Scope = Literal["cluster", "stack"]
"""`cluster`: every namespace but the cluster's own and the exempt ones; `stack`: those of the fleet alone."""
Force = Literal["mandatory", "advisory"]
"""What a policy does with a violation: refuse it, or warn the client and write it to the audit log."""
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
FORCES: Final[tuple[Force, ...]] = get_args(Force)

_CHANGES: Final = ("CREATE", "UPDATE")
_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""On every namespace, with its name; the API server lets nobody change it."""


def _resources(group: str, version: str, *resources: str) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": list(_CHANGES),
        "resources": sorted(resources),
    }


_PODS: Final = (
    # A container that is added to a running pod comes by the subresource.
    _resources("", "v1", "pods", "pods/ephemeralcontainers", "replicationcontrollers"),
    _resources("actions.github.com", "v1alpha1", "autoscalingrunnersets", "ephemeralrunners", "ephemeralrunnersets"),
    _resources("apps", "v1", "daemonsets", "deployments", "replicasets", "statefulsets"),
    _resources("batch", "v1", "cronjobs", "jobs"),
    _resources("keda.sh", "v1alpha1", "scaledjobs"),
)
"""Pods and what makes them: so a wrong template is refused when its author applies it, and in a preview, and not as an
event of a controller that nobody reads."""
_RESIZED: Final = _resources("", "v1", "pods/resize")
"""What a running pod takes of its node is changed by this. Confinement does not depend on it."""

_MATCHED: Final[Mapping[Family, Sequence[dict[str, Any]]]] = {
    "confinement": _PODS,
    "workloads": (*_PODS, _RESIZED),
    "namespaces": (_resources("", "v1", "namespaces"),),
    # Whoever may write the status of a node or a namespace, or finalize one, can change its labels by that, too.
    "trust": (_resources("", "v1", "namespaces", "namespaces/finalize", "namespaces/status", "nodes", "nodes/status"),),
    # An annotation can be changed with the status of a Service, too.
    "network": (
        _resources("", "v1", "services", "services/status"),
        _resources("networking.k8s.io", "v1", "networkpolicies"),
    ),
    "rbac": (
        _resources("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "clusterroles", "rolebindings", "roles"),
    ),
}
_JUDGED: Final[Mapping[Family, Sequence[str]]] = {
    "namespaces": ("metadata.?labels",),
    "trust": ("metadata.?labels", "?spec"),
    # Whether a load balancer is public is said by an annotation.
    "network": ("metadata.?annotations", "?spec"),
    "rbac": ("?aggregationRule", "?roleRef", "?rules", "?subjects"),
}
"""The parts of an object by family; where none of them changed, nothing is judged again."""


def judged_paths(family: Family) -> list[str]:
    """Where the API server lists the objects that a family judges, of all namespaces, sorted."""
    return sorted(
        f"/{'api' if not group else f'apis/{group}'}/{version}/{resource}"
        for rule in _MATCHED[family]
        for group in rule["apiGroups"]
        for version in rule["apiVersions"]
        for resource in rule["resources"]
        if "/" not in resource
    )


OPEN: Final[Mapping[str, str]] = {
    "pools": "[]",
    "registries": "[]",
    "hostRoots": "variables.nodePaths",
    # Whatever names its registry, and what names none, which is Docker Hub's.
    "ownRepositories": "variables.containers.map(c, string(c.?image.orValue('')).split('/')[0]) + ['docker.io']",
    "poolKeys": "(variables.selector.map(k, string(k)) + variables.required.map(e, string(e.key)))"
    ".filter(k, k != 'kubernetes.io/os')",
}
"""The fleet's values that a stack file may add to, each with what it is to who deploys the stack: such that the rules
that ask for it pass. The first two are what others need; the last three need others."""


def policy_name(stack: str, family: Family, force: Force = "mandatory") -> str:
    """Name of a policy and of its binding; policies are cluster-scoped, so it carries the stack's."""
    return f"buildfleet-{stack}-{family}{'-advice' if force == 'advisory' else ''}"


def twins_of(
    family: Family, rules: Sequence[Rule[Any]], fleet: Fleet, force: Force = "mandatory"
) -> list[tuple[Rule[Any], Twin]]:
    """The twins of a family that have this force in the fleet's profile, in the catalogue's order."""
    return [
        (rule, twin) for rule in rules if _level(rule, fleet) == force for twin in rule.twins if twin.family == family
    ]


def policy_spec(
    family: Family, rules: Sequence[Rule[Any]], fleet: Fleet, scope: Scope = "cluster", *, force: Force = "mandatory"
) -> dict[str, Any]:
    """Spec of the ValidatingAdmissionPolicy of one family.

    `rules` may be all rules: those of other families and of another force are left out. Raises `ValueError` where
    `fleet.stack` is not given, or nothing is left: a policy without validations is not legal.
    """
    if not fleet.stack:
        raise ValueError("fleet.stack: the policies are bound to the namespaces of a stack; give its name")
    twins = twins_of(family, rules, fleet, force)
    if not twins:
        raise ValueError(f"family {family}: no rule is {force} in the profile {fleet.profile}; leave the policy out")
    validations = [validation(rule, twin) for rule, twin in twins]
    others = _others(family, scope, fleet.stack)
    if others is not None:
        validations = [{**one, "expression": f"variables.others || ({one['expression']})"} for one in validations]
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "matchPolicy": "Equivalent",
            "namespaceSelector": _namespace_selector(family, scope, fleet),
            "objectSelector": _object_selector(family, fleet.stack),
            "resourceRules": [dict(rule) for rule in _MATCHED[family]],
        },
        "matchConditions": _match_conditions(family, scope, fleet.stack),
        "variables": [
            *_variables(family, fleet),
            *([{"name": "others", "expression": others}] if others is not None else []),
        ],
        "validations": validations,
    }


def binding_spec(*, policy: str, force: Force = "mandatory") -> dict[str, Any]:
    """Spec of a policy's binding: it refuses or warns, and either is in the audit log."""
    return {"policyName": policy, "validationActions": ["Audit", "Deny" if force == "mandatory" else "Warn"]}


def _variables(family: Family, fleet: Fleet) -> list[dict[str, str]]:
    """Those of the rules; in the pod families with `deploys`, and with the fleet's values open to it."""
    found = {one["name"]: one["expression"] for one in variables(family, fleet)}
    if family in POD_FAMILIES:
        deploys = (
            f"object.kind != 'Pod' && object.metadata.?labels[?'{STACK_LABEL}'].orValue('') == '{fleet.stack}' && "
            # The pods of such a Job are never asked for their registry: it is asked now or not at all.
            f"{template('object')}.?metadata.?labels[?'{COMPONENT_LABEL}'].orValue('') != '{JOB_COMPONENT}' && "
            f"authorizer.group('{GROUP}').resource('{RESOURCE}').check('{VERB}').allowed()"
        )
        early = ("pools", "registries")
        late = {name: found.pop(name) for name in OPEN if name not in early}
        opened = {
            name: f"variables.deploys ? {OPEN[name]} : {expression}"
            for name, expression in {**{name: found[name] for name in early}, **late}.items()
        }
        found = {"deploys": deploys, **found, **opened}
    return [{"name": name, "expression": expression} for name, expression in found.items()]


def _level(rule: Rule[Any], fleet: Fleet) -> Level:
    return rule.levels.production if fleet.profile == "production" else rule.levels.dev


def _match_conditions(family: Family, scope: Scope, stack: str) -> list[dict[str, str]]:
    conditions = []
    if family == "trust" and scope == "stack":
        # Of namespaces those of the stack, before or after the change. Of nodes all: those of a cluster that was there
        # carry no label of a stack, and which of them are its pools' is what the labels say that are protected here.
        ours = " || ".join(
            f"({of} != null && dyn({of}).metadata.?labels[?'{STACK_LABEL}'].orValue('') == '{stack}')"
            for of in ("object", "oldObject")
        )
        conditions.append({"name": "of-the-stack", "expression": f"request.kind.kind == 'Node' || {ours}"})
    if family in POD_FAMILIES:
        now, before = template("object"), template("oldObject")
        same = (
            f"{now}.?spec == {before}.?spec && "
            # The metadata of a pod itself are no template, and everybody's to label.
            f"(object.kind == 'Pod' || {now}.?metadata == {before}.?metadata)"
        )
        # What has no template makes no pods.
        conditions.append({"name": "has-pods", "expression": f"{now}.?spec.hasValue()"})
    else:
        same = " && ".join(f"dyn(object).{part} == dyn(oldObject).{part}" for part in _JUDGED[family])
    return [*conditions, {"name": "changed", "expression": f"request.operation != 'UPDATE' || !({same})"}]


def _namespace_selector(family: Family, scope: Scope, fleet: Fleet) -> dict[str, Any]:
    own: dict[str, Any] = {"matchLabels": {STACK_LABEL: fleet.stack}}
    if family in ("namespaces", "trust"):
        # Of these two, a namespace's own labels would be asked, and only the new ones.
        return {}
    if family == "confinement":
        return own if scope == "stack" else {"matchExpressions": [_not_of_the_system(fleet)]}
    return {
        **own,
        "matchExpressions": [{"key": CONFINEMENT_LABEL, "operator": "Exists"}, _not_of_the_system(fleet)],
    }


def _not_of_the_system(fleet: Fleet) -> dict[str, Any]:
    return {"key": _NAME_LABEL, "operator": "NotIn", "values": sorted(set(fleet.system_namespaces))}


def _object_selector(family: Family, stack: str) -> dict[str, Any]:
    # It matches where the object before or after the change does: taking the label away is a change that is judged.
    return {"matchLabels": {STACK_LABEL: stack}} if family == "namespaces" else {}


def _others(family: Family, scope: Scope, stack: str) -> str | None:
    if family != "confinement" or scope == "stack":
        return None
    label = f"namespaceObject.metadata.?labels[?'{STACK_LABEL}'].orValue('')"
    # A label without a value names no stack that would judge.
    return f"namespaceObject != null && !({label} in ['', '{stack}'])"
