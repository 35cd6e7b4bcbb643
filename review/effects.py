"""What a change restarts or drains, thing by thing.

Owns the joining of what happens to pods with what happens to the nodes below them: a node pool that goes takes the
jobs on it with it, whatever their controllers would have waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from review import engines, nodes, secrets
from review.capacity import pool_key
from review.concepts import Family
from review.differences import changes
from review.effect import Effect, Harm, Told
from review.log import Log, Step
from review.resources import resource
from review.words import counted
from review.workloads import ENGINE_STAYS, ENGINE_UPGRADE, knows, names_users, pools_used
from review.workloads import effects as of_workload
from rules.policies.azure import Pool, clusters, pools
from rules.policies.node import NotKnown

_CALM: Final = frozenset(
    {
        "azure-native:authorization:RoleAssignment",
        "azure-native:consumption:Budget",
        "azure-native:insights:DiagnosticSetting",
        "azure-native:managedidentity:FederatedIdentityCredential",
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:core/v1:LimitRange",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:ResourceQuota",
        "kubernetes:core/v1:Secret",
        "kubernetes:core/v1:Service",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "kubernetes:policy/v1:PodDisruptionBudget",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        "kubernetes:rbac.authorization.k8s.io/v1:Role",
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    }
)
"""Kinds by a change of which alone nothing restarts, or of which the rest is told by `effects`."""
_CALM_FIELDS: Final = re.compile(
    r"(properties\.)?((agentPoolProfiles\[[^\]]*\]\.)?(count|minCount|maxCount|enableAutoScaling|nodeLabels|nodeTaints|tags|"
    r"upgradeSettings|mode|scaleDownMode)|autoScalerProfile|tags)\b.*"
)
"""Of clusters and pools: what is changed without a restart, or told as fewer nodes."""
_UPGRADES: Final = ("orchestratorVersion", "nodeImageVersion", "kubernetesVersion", "currentKubernetesVersion")


def effects(log: Log, family: Family) -> list[Effect]:
    """Every effect, the worst first; of those that are as bad nodes first."""
    found = [*_of_pools(log, family), *_of_workloads(log, family), *secrets.effects(log, family)]
    upgraded = {(one.noun, one.name) for one in found if one.text == ENGINE_UPGRADE}
    told = [one for one in found if one.text != ENGINE_STAYS or (one.noun, one.name) not in upgraded]
    return sorted(told, key=lambda one: one.harm)


def whole_known(log: Log) -> bool:
    """Whether the page knows what every change does to what runs: then none that it tells is none."""
    return all(_known(step) for step in log.changed if step.old is not None and step.state.custom)


def _known(step: Step) -> bool:
    assert step.old is not None
    found = resource(step.old)
    if found.kind in _CALM or found.kind.startswith("pulumi:") or knows(step):
        return True
    nodes_in = bool(pools(found) or clusters(found))
    return nodes_in and step.operation == "update" and all(_CALM_FIELDS.fullmatch(one.path) for one in changes(step))


def _of_workloads(log: Log, family: Family) -> Iterator[Effect]:
    for step in log.changed:
        noun, name = family.title(step.urn)
        for harm, text in dict.fromkeys(of_workload(step)):
            users = engines.users(log, family, step) if names_users(text) else ()
            place = _other(step.state.name, name)
            yield Effect(noun=noun, name=name, resource=place, text=text, harm=harm, users=users)
        if step.state.type.startswith("kubernetes:helm.sh/") and step.operation in ("update", "replace"):
            told = "the chart's pods are made anew; jobs that run go on, none is started until they are back"
            yield Effect(noun=noun, name=name, resource="", text=told, harm=Harm.RESTART)


def _of_pools(log: Log, family: Family) -> Iterator[Effect]:
    for step in log.changed:
        if step.old is None:
            continue
        old = resource(step.old)
        noun, name = family.title(step.urn)
        try:
            found, whole = pools(old), clusters(old)
        except NotKnown:
            continue
        if whole and step.operation in ("replace", "delete"):
            told = "the cluster goes, with all its nodes, workloads and running jobs"
            yield Effect(noun=noun, name=name, resource="", text=told, harm=Harm.JOBS_END)
        elif step.operation in ("replace", "delete"):
            for pool in found:
                yield _gone(log, family, step, pool, noun, name)
        if step.operation != "update":
            continue
        yield from _of_update(log, family, step, noun, name)
        if paths := [change.path for change in changes(step) if (found or whole) and _upgrades(change.path)]:
            text = _upgraded(found, bool(whole), paths)
            yield Effect(noun=noun, name=name, resource="", text=text, harm=Harm.DRAIN)


def _of_update(log: Log, family: Family, step: Step, noun: str, name: str) -> Iterator[Effect]:
    for one in nodes.lost(step):
        told = {
            "goes": "the pool is not part of it any more: its nodes are deleted, and jobs that run there end",
            "anew": "Azure cannot change it as asked: its nodes are deleted and made anew, or the update fails; drain "
            "it first where jobs matter",
            "unsure": "it cannot be known whether the pool stays as it is; if not, jobs that run there end",
        }[one.loss]
        users = _users(log, family, pool_key(one.pool))
        place = _other(one.name, name)
        yield Effect(noun=noun, name=name, resource=place, text=told, harm=Harm.JOBS_END, users=users)
    if nodes.cluster_lost(step):
        told = "a cluster is not part of it any more: with it go its nodes, workloads and running jobs"
        yield Effect(noun=noun, name=name, resource="", text=told, harm=Harm.JOBS_END)
    for few in nodes.fewer(step):
        key = pool_key(few.pool)
        harm, told = _fewer(few)
        users = _users(log, family, key)
        yield Effect(noun=noun, name=name, resource=_other(key, name), text=told, harm=harm, users=users)


def _fewer(few: nodes.Fewer) -> Told:
    if few.at == "least":
        unused = f"the autoscaler may take away nodes that it finds unused, down to {few.after} instead of {few.before}"
        return Harm.DRAIN, unused
    most = f"at most {counted(few.after, 'node')} instead of {few.before}"
    return Harm.JOBS_END, f"{most}: those above that are drained and deleted, and jobs on them end"


def _other(own: str, name: str) -> str:
    return "" if own == name else own


def _users(log: Log, family: Family, key: str) -> tuple[str, ...]:
    """The workloads that are placed on a pool."""
    found = (other for other in log.steps if other.old is not None and key in pools_used(other.old))
    return tuple(sorted({" ".join(family.title(other.urn)) for other in found}))


def _gone(log: Log, family: Family, step: Step, pool: Pool, noun: str, name: str) -> Effect:
    key = pool_key(pool)
    users = _users(log, family, key)
    drained = (
        "Azure deletes its nodes without a drain: jobs that run there end"
        if pool.platform == "aks"
        else ("its nodes are deleted, and jobs that run there end")
    )
    if step.operation == "delete":
        order = "drain it first where jobs matter"
    elif step.old_first:
        order = "the old pool goes before the new one comes: no capacity meanwhile; drain it first where jobs matter"
    else:
        order = "the new pool comes before the old one goes; drain the old one first where jobs matter"
    text = f"{drained}; {order}"
    return Effect(noun=noun, name=name, resource="", text=text, harm=Harm.JOBS_END, users=users)


def _upgrades(path: str) -> bool:
    return path.endswith(_UPGRADES)


def _upgraded(found: list[Pool], cluster: bool, paths: list[str]) -> str:
    minutes = 0
    for pool in found:
        value = pool.body.get("upgradeSettings", "drainTimeoutInMinutes").value
        minutes = max(minutes, int(value) if isinstance(value, int | float) else 30)
    drain = f", each waits up to {counted(minutes, 'minute')} for its jobs" if minutes else ""
    if cluster and not any("agentPoolProfiles" in path for path in paths):
        return "the control plane is upgraded; its nodes follow where a pool says so"
    return f"an upgrade: nodes are drained one after another{drain}"
