"""The vocabulary of twins: what an expression for the API server may name, per family.

Owns the variables, in CEL, and the values of the fleet in them, written into the policy as literals: a policy that
reads its parameters from a ConfigMap stops every pod, or none, when that is deleted. What is matched, and what a
refusal does, is for `components/admission/`.

Variables of the families `confinement` and `workloads`, which judge pods and everything that makes them:

- `spec`, `meta`: spec and metadata of the pod, or of the pod template. Dynamic: a field that may be missing is asked
  for by `variables.spec.?hostPID.orValue(false)`.
- `containers`: list of all containers, init containers and ephemeral containers; `volumes`: list of volumes.
- `isPod`: whether the object is a pod itself, and not a template.
- `jobPod`: whether it is made by a service account of its own namespace, as ARC's container hooks make the pods of jobs
  with the images that a workflow names.
- `namespace`: name of the namespace; `confinement`: its purpose, `engine`, `agents`, `agents-docker` or empty.
- `windows`, `hostProcess`: as `Pod.is_windows()` and `Pod.host_process()`; `selector`: as `Pod.node_selector`.
- `pools`: the fleet's pools, each a map `{name, os, purpose, trust, selector, taints}` with `taints` a list of texts
  `key=value:Effect`; `poolsNamed`: those whose every label the selector asks for.
- `engineAccounts`, `registries`, `ownRepositories`, `hostPaths`, `poolKeys`: lists of texts, as in `Fleet`.

Variables of `namespaces`, `trust`, `network` and `rbac`: `engineAccounts` and so on, `confinement` and `namespace`
where the object is in a namespace, and CEL's own `object`, `oldObject`, `request`, `namespaceObject`, `authorizer`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from rules.policies.fleet import CONFINEMENT_LABEL, Fleet
from rules.policies.rule import Family, Rule, Twin

POD_FAMILIES: Final[tuple[Family, ...]] = ("confinement", "workloads")

_TEMPLATES: Final[Mapping[str, str]] = {
    "Pod": "",
    "CronJob": ".spec.jobTemplate.spec.template",
    "ScaledJob": ".spec.jobTargetRef.template",
    "EphemeralRunnerSet": ".spec.ephemeralRunnerSpec",
    "EphemeralRunner": ".spec",
}
"""Where the template of a pod is, by kind; elsewhere it is `object.spec.template`."""


def variables(family: Family, fleet: Fleet) -> list[dict[str, str]]:
    """The variables of a family, for `spec.variables` of a ValidatingAdmissionPolicy; each may use those before it."""
    found = {
        "namespace": "request.?namespace.orValue('')",
        "confinement": f"namespaceObject == null ? '' : "
        f"namespaceObject.metadata.?labels[?'{CONFINEMENT_LABEL}'].orValue('')",
        "engineAccounts": literal(fleet.engine_accounts),
        "registries": literal(fleet.registries),
        "ownRepositories": literal(fleet.own_repositories),
        "hostPaths": literal(fleet.host_paths),
        "poolKeys": literal(fleet.pool_keys),
        "pools": _pools(fleet),
    }
    if family in POD_FAMILIES:
        found |= _pod_variables()
    return [{"name": name, "expression": expression} for name, expression in found.items()]


def _pod_variables() -> dict[str, str]:
    cases = "".join(f"object.kind == '{kind}' ? dyn(object){path} : " for kind, path in _TEMPLATES.items())
    host_process = "?securityContext.?windowsOptions.?hostProcess"
    affinity = "?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms"
    return {
        "template": f"{cases}dyn(object).spec.template",
        "isPod": "object.kind == 'Pod'",
        "jobPod": "variables.isPod && "
        "request.userInfo.username.startsWith('system:serviceaccount:' + variables.namespace + ':')",
        "spec": "variables.template.?spec.orValue({})",
        "meta": "variables.template.?metadata.orValue({})",
        "containers": "dyn(variables.spec.?containers.orValue([])) + dyn(variables.spec.?initContainers.orValue([])) + "
        "dyn(variables.spec.?ephemeralContainers.orValue([]))",
        "volumes": "variables.spec.?volumes.orValue([])",
        "podHostProcess": f"variables.spec.{host_process}.orValue(false)",
        "hostProcess": f"variables.podHostProcess || variables.containers.exists(c, c.{host_process}.orValue(false))",
        "terms": f"variables.spec.{affinity}.orValue([])",
        "required": "variables.terms.size() != 1 ? [] : variables.terms[0].?matchExpressions.orValue([])"
        ".filter(e, e.operator == 'In' && e.?values.orValue([]).size() == 1)",
        "selector": "variables.spec.?nodeSelector.orValue({})",
        "windows": "variables.spec.?os.?name.hasValue() ? variables.spec.os.name == 'windows' : "
        f"{asks_for('kubernetes.io/os')} ? {asked('kubernetes.io/os')} == 'windows' : "
        "(variables.spec.?securityContext.?windowsOptions.hasValue() || "
        "variables.containers.exists(c, c.?securityContext.?windowsOptions.hasValue()))",
        "poolsNamed": "variables.pools.filter(p, p.selector.size() > 0 && p.selector.all(k, "
        "(k in variables.selector && variables.selector[k] == p.selector[k]) || "
        "(!(k in variables.selector) && variables.required.exists(e, e.key == k && e.values[0] == p.selector[k]))))",
    }


def asks_for(key: str) -> str:
    """CEL: whether the pod's selector or required affinity asks for a node label."""
    return f"('{key}' in variables.selector || variables.required.exists(e, e.key == '{key}'))"


def asked(key: str) -> str:
    """CEL: the value that is asked for; only where `asks_for`."""
    return (
        f"('{key}' in variables.selector ? variables.selector['{key}'] : "
        f"variables.required.filter(e, e.key == '{key}')[0].values[0])"
    )


def validation(rule: Rule[object], twin: Twin) -> dict[str, str]:
    """One of `spec.validations`. No `reason`: the default, Invalid, is what a preview shows; Forbidden is swallowed."""
    prefix = f"{rule.id}: "
    told = (
        {"messageExpression": f"{literal(prefix)} + ({twin.message})"}
        if twin.is_expression
        else {"message": f"{prefix}{twin.message}"}
    )
    return {"expression": twin.expression, **told}


def literal(value: object) -> str:
    """A plain value in CEL. JSON is a part of CEL but for `\\/` and lone surrogates, which are not used here."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _pools(fleet: Fleet) -> str:
    # Values of different types in one map: CEL calls them dynamic by itself.
    return literal(
        [
            {
                "name": pool.name,
                "os": pool.os,
                "purpose": pool.purpose,
                "trust": pool.trust,
                "selector": dict(pool.selector),
                "taints": [f"{taint.key}={taint.value}:{taint.effect}" for taint in pool.taints],
            }
            for pool in sorted(fleet.pools, key=lambda pool: pool.name)
        ]
    )
