"""The vocabulary of twins: what an expression for the API server may name, per family.

Owns the variables, in CEL, and the values of the fleet in them, written into the policy as literals: a policy that
reads its parameters from a ConfigMap stops every pod, or none, when that is deleted. What is matched, and what a
refusal does, is for `components/admission/`.

Variables of the families `confinement` and `workloads`, which judge pods and everything that makes them:

- `spec`, `meta`: spec and metadata of the pod, or of the pod template. Dynamic: a field that may be missing is asked
  for by `variables.spec.?hostPID.orValue(false)`.
- `containers`: list of all containers, init containers and ephemeral containers; `volumes`: list of volumes.
- `isPod`: whether the object is a pod itself, and not a template.
- `jobPod`: whether it is a pod or a Job made by a service account of its own namespace, as ARC's container hooks make
  them for jobs with the images that a workflow names, or a pod of such a Job.
- `namespaceName`: name of the namespace; `confinement`: its purpose, `engine`, `agents`, `agents-docker` or empty.
- `windows`, `hostProcess`: as `Pod.is_windows()` and `Pod.host_process()`; `selector`: as `Pod.node_selector`.
- `pools`: the fleet's pools, each a map `{name, os, osSku, purpose, trust, selector, taints}` with `taints` a list of
  texts `key=value:Effect`; `poolsNamed`: those whose every label the selector asks for.
- `nodePaths`: the paths of all hostPath volumes, as `node_paths.normal` writes them; `hostRoots`: `hostPaths` so, too.
- `texts`: for each container a list of its command line and of the values of its variables, in lower case and with
  slashes for backslashes.
- `ownNamespaces`, `engineAccounts`, `registries`, `ownRepositories`, `hostPaths`, `poolKeys`: lists of texts, as in
  `Fleet`.

Variables of `namespaces`, `trust`, `network` and `rbac`: `engineAccounts` and so on, `confinement` and `namespaceName`
where the object is in a namespace, and CEL's own `object`, `oldObject`, `request`, `namespaceObject`, `authorizer`.
Of `trust` besides: `nodeKeys`, as `Fleet.node_keys`, and `exempt`, the names of namespaces that are not judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rules.policies.fleet import COMPONENT_LABEL, CONFINEMENT_LABEL, JOB_COMPONENT, Fleet
from rules.policies.node_paths import normal_cel
from rules.policies.pod_places import TEMPLATES, USUAL
from rules.policies.rule import Family, Rule, Twin

POD_FAMILIES: Final[tuple[Family, ...]] = ("confinement", "workloads")

_ELSEWHERE: Final = ("Pod", "CronJob", "ScaledJob", "EphemeralRunnerSet", "EphemeralRunner")
"""Kinds that do not have the template of their pods at `object.spec.template`."""


def template(root: str) -> str:
    """CEL: the pod template in `object` or `oldObject`, or the pod itself; empty where there is none."""
    cases = "".join(f"{root}.kind == '{kind}' ? {_at(root, *TEMPLATES[kind][0])} : " for kind in _ELSEWHERE)
    return f"({cases}{_at(root, *USUAL)})"


def _at(root: str, *path: str) -> str:
    return f"dyn({root})" + ("".join(f".?{key}" for key in path) + ".orValue({})" if path else "")


def variables(family: Family, fleet: Fleet) -> list[dict[str, str]]:
    """The variables of a family, for `spec.variables` of a ValidatingAdmissionPolicy; each may use those before it."""
    found = {
        # `namespace` is a word that CEL keeps for itself.
        "namespaceName": "request.?namespace.orValue('')",
        "confinement": f"namespaceObject == null ? '' : "
        f"namespaceObject.metadata.?labels[?'{CONFINEMENT_LABEL}'].orValue('')",
        "engineAccounts": literal(fleet.engine_accounts),
        "ownNamespaces": literal(fleet.own_namespaces),
        "registries": literal(fleet.registries),
        "ownRepositories": literal(fleet.own_repositories),
        "hostPaths": literal(fleet.host_paths),
        "poolKeys": literal(fleet.pool_keys),
        "pools": _pools(fleet),
    }
    if family == "trust":
        found |= {"nodeKeys": literal(fleet.node_keys), "exempt": literal(sorted(set(fleet.system_namespaces)))}
    if family in POD_FAMILIES:
        found |= _pod_variables()
    return [{"name": name, "expression": expression} for name, expression in found.items()]


def _pod_variables() -> dict[str, str]:
    host_process = "?securityContext.?windowsOptions.?hostProcess"
    affinity = "?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms"
    return {
        "template": template("object"),
        "isPod": "object.kind == 'Pod'",
        "spec": "variables.template.?spec.orValue({})",
        "meta": "variables.template.?metadata.orValue({})",
        # Hooks of generation 0.7.0 run container actions by a Job, which is judged when it is made; its pods come from
        # the controller of Jobs, with the labels of the hook template.
        "jobPod": "(object.kind in ['Job', 'Pod'] && "
        "request.userInfo.username.startsWith('system:serviceaccount:' + variables.namespaceName + ':')) || "
        "(variables.isPod && request.userInfo.username == 'system:serviceaccount:kube-system:job-controller' && "
        f"variables.meta.?labels[?'{COMPONENT_LABEL}'].orValue('') == '{JOB_COMPONENT}')",
        "containers": "dyn(variables.spec.?containers.orValue([])) + dyn(variables.spec.?initContainers.orValue([])) + "
        "dyn(variables.spec.?ephemeralContainers.orValue([]))",
        "volumes": "variables.spec.?volumes.orValue([])",
        "nodePaths": "variables.volumes.filter(v, v.?hostPath.hasValue())"
        f".map(v, string(v.hostPath.?path.orValue(''))).map(t, {normal_cel('t')})",
        "hostRoots": f"variables.hostPaths.map(t, {normal_cel('t')})",
        "texts": "variables.containers.map(c, ([(c.?command.orValue([]) + c.?args.orValue([])).join(' ')] + "
        "c.?env.orValue([]).map(e, string(e.?value.orValue('')))).map(t, t.replace('\\\\', '/').lowerAscii()))",
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
        # Where the expression cannot be evaluated, the message still names the rule.
        {"messageExpression": f"{literal(prefix)} + ({twin.message})", "message": f"{prefix}{rule.title}"}
        if twin.is_expression
        else {"message": f"{prefix}{twin.message}"}
    )
    return {"expression": twin.expression, **told}


def literal(value: object) -> str:
    """A plain value in CEL. JSON is a part of CEL but for `\\/` and lone surrogates, which are not used here."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(literal(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _pools(fleet: Fleet) -> str:
    # The values of a map have one type in CEL, unless each is said to be dynamic.
    return _list(
        "{"
        + ", ".join(
            f"{literal(key)}: dyn({literal(value)})"
            for key, value in {
                "name": pool.name,
                "os": pool.os,
                "osSku": pool.os_sku or "",
                "purpose": pool.purpose,
                "selector": dict(pool.selector),
                "taints": [f"{taint.key}={taint.value}:{taint.effect}" for taint in pool.taints],
                "trust": pool.trust,
            }.items()
        )
        + "}"
        for pool in sorted(fleet.pools, key=lambda pool: pool.name)
    )


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(items) + "]"
