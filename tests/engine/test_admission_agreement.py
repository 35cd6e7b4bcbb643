"""Both forms of every rule decide alike: the Python form in a policy pack, and the API server's.

Thousands of generated pods are sent to a real API server whose policies warn and do not refuse, so that one answer
holds the verdict of every rule. What a rule asks of programs alone stands in `PROGRAMS_ONLY`; what the cluster does not
ask of some callers, in `generated_requests`.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any, Final

import pytest

from rules.policies.catalogue import RULES
from rules.policies.fleet import CONFINEMENT_LABEL, STACK_LABEL, Fleet, FleetTaint
from rules.policies.judge import Readings, judge, judge_stack
from rules.policies.namespaces.pod_security import PREFIX
from rules.policies.node import Unchecked
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.twin import POD_FAMILIES
from rules.problem import Problem
from rules.tables.trust_right import GROUP, RESOURCE, VERB
from sandbox.control_plane import Api, Binaries
from tests.engine.admission_plane import (
    PATHS,
    Answer,
    Client,
    bare_namespaces,
    put_namespaces,
    put_policies,
    running,
    type_warnings,
)
from tests.engine.generated_pods import ACCOUNTS, OTHERS
from tests.engine.generated_requests import ACCOUNT, DEPLOYER, JOB_CONTROLLER, RUNNING, Request, requests, there
from tests.engine.test_twins_of_objects import grant
from tests.unit.policies.case import Case
from tests.unit.policies.scenes import FLEET, LINUX_TAINT
from tests.unit.policies.test_rules import ALL

pytestmark = pytest.mark.engine

SEED: Final = 20261122
COUNT: Final = 5_500
LEAST: Final = 5_000
"""Pods whose verdicts are compared; the API server itself refuses a few of those that are generated."""
THREADS: Final = 3
TWINNED: Final = [rule for rule in RULES if any(twin.family in POD_FAMILIES for twin in rule.twins)]
PROGRAMS_ONLY: Final = {
    # KEDA and ARC make Jobs without a deadline, which in the cluster look like anybody's.
    "job-survives-drain": ".activeDeadlineSeconds",
}
"""By rule, the end of the path of a problem that the API server is not asked about."""

AGREED: Final = replace(
    FLEET,
    pools=[
        replace(
            pool, taints=(*pool.taints, FleetTaint(key=LINUX_TAINT.key, value="windows", effect="PreferNoSchedule"))
        )
        if pool.os == "windows"
        else pool
        for pool in FLEET.pools
    ],
)
"""The fleet of both sides: its pools share the key of a taint, which nobody has to tolerate."""

Asked = list[tuple[Request, Answer]]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[tuple[Api, Client]]:
    with running(tmp_path_factory.mktemp("agreement"), binaries) as (_, api, client):
        put_namespaces(api, bare_namespaces(AGREED, *OTHERS), ACCOUNTS)
        names = put_policies(api, client, RULES, AGREED, warn=True)
        assert not any(type_warnings(api, names).values())
        yield api, client


@pytest.fixture(scope="module")
def asked(plane: tuple[Api, Client]) -> Asked:
    """Every generated pod, with what the API server says of it."""
    api, client = plane
    namespaces = [*FLEET.own_namespaces, *OTHERS]
    running_pods = {}
    for namespace, name in itertools.product(namespaces, RUNNING):
        path = PATHS["Pod"].format(namespace)
        assert client.send("POST", path, there(namespace, name)).code == 201
        running_pods[namespace, name] = api.get(f"{path}/{name}")
    accounts = [f"system:serviceaccount:{namespace}:{ACCOUNT}" for namespace in namespaces]
    grant(api, "makes-anything", ["*", ["*"], ["create"]], *accounts, JOB_CONTROLLER, DEPLOYER)
    grant(api, "trust", [GROUP, [RESOURCE], [VERB]], DEPLOYER)
    asked = list(requests(SEED, COUNT, AGREED, running_pods))
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda one: one.ask(client), asked))
    return list(zip(asked, answers, strict=True))


def by_python(
    resource: Resource, rules: Sequence[Rule[Any]], fleet: Fleet, unasked: Mapping[str, str] | None = None
) -> set[str]:
    """Ids of the rules that a resource breaks."""
    left_out = {**PROGRAMS_ONLY, **(unasked or {})}
    broken = set()
    readings: Readings = {}
    for rule in rules:
        context = rule.context(fleet)
        if rule.check is not None:
            found = list(judge(rule, resource, context, readings))
        else:
            found = [verdict for _, verdict in judge_stack(rule, [resource], context)]
        assert not any(isinstance(verdict, Unchecked) for verdict in found)
        paths = [verdict.path for verdict in found if isinstance(verdict, Problem)]
        if any(not path.endswith(left_out.get(rule.id, "nothing")) for path in paths):
            broken.add(rule.id)
    return broken


def disagreements(asked: Asked, fleet: Fleet) -> tuple[Mapping[str, Counter[str]], list[str]]:
    """How often each side found each rule broken, and every pod on which they differ, in words."""
    counts: dict[str, Counter[str]] = {"python": Counter(), "cluster": Counter()}
    differ = []
    for one, answer in asked:
        if answer.code >= 300:
            continue
        python = by_python(one.resource, TWINNED, one.fleet(fleet), one.unasked)
        counts["python"].update(python)
        # Where a policy denies, an expression that cannot be evaluated refuses, too.
        differ += [f"not evaluated: {one.body}: {text}" for text in answer.warnings if "resulted in error" in text]
        counts["cluster"].update(answer.rules)
        for rule in sorted(python ^ answer.rules):
            side = "Python" if rule in python else "the cluster"
            differ.append(f"{rule}: only {side} refuses, of {one.user or 'an administrator'}, {one.body}")
    return counts, differ


def test_both_forms_decide_alike_on_thousands_of_generated_pods(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = [one for one, answer in asked if answer.code < 300]
    refused = Counter(answer.message.split(": ", 1)[-1][:80] for _, answer in asked if answer.code >= 300)
    counts, differ = disagreements(asked, AGREED)
    kinds = Counter(one.body["kind"] for one in compared)
    ways = Counter(
        "an open fleet" if one.opened else "the pod of a job" if one.unasked and not one.added else "an added container"
        for one in compared
        if one.opened or one.unasked
    )
    with capsys.disabled():
        print(f"\n{len(compared)} objects compared ({dict(sorted(kinds.items()))}), {len(differ)} disagreements;")
        print(f"{sum(refused.values())} more were refused by the API server itself; {dict(sorted(ways.items()))}.")
        for rule in TWINNED:
            print(f"  {rule.id:28} Python {counts['python'][rule.id]:5}   cluster {counts['cluster'][rule.id]:5}")
    assert differ == []
    assert len(compared) >= LEAST
    assert sum(refused.values()) < COUNT // 100, refused
    assert min(ways.values()) > 100
    for rule in TWINNED:
        # A rule that is never broken, or always, would agree with anything.
        assert 50 <= counts["cluster"][rule.id] <= len(compared) // 2, rule.id


def test_a_rule_that_means_something_else_on_one_side_is_seen(asked: Asked) -> None:
    _, differ = disagreements(asked[:500], replace(AGREED, registries=("elsewhere.example.com",), host_paths=("/etc",)))
    assert {one.partition(":")[0] for one in differ} >= {"image-registry-allowlist", "host-path-allowlist"}


def test_who_may_not_assign_trust_changes_no_label_that_grants_it(plane: tuple[Api, Client]) -> None:
    """Of changes by chance those are told that set, change or take away such a label, also to or from no value."""
    api, client = plane
    random = Random(SEED)
    somebody, may, account = "somebody", "may", "system:serviceaccount:kube-system:cloud-node-manager"
    names = [f"labelled-{number}" for number in range(40)]
    kubelets = [f"system:node:{name}" for name in names]
    grant(api, "labels", ["", ["namespaces", "nodes"], ["patch"]], somebody, may, account, "aksService", *kubelets)
    grant(api, "may-trust", [GROUP, [RESOURCE], [VERB]], may)
    levels = [f"{PREFIX}{mode}" for mode in ("audit", "enforce", "warn")]
    keys = {"Namespace": [CONFINEMENT_LABEL, STACK_LABEL, *levels, "team"], "Node": [*FLEET.node_keys, "team"]}

    def value(key: str) -> str:
        return random.choice(("baseline", "privileged") if key in levels else ("", str(FLEET.stack), "engine"))

    told, differ = Counter[bool](), []
    for number, name in enumerate(names):
        kind = "Node" if number % 2 else "Namespace"
        users = [somebody, may, account, *((kubelets[number], "aksService") if kind == "Node" else ())]
        before = {key: value(key) for key in keys[kind] if random.random() < 0.4}
        path = f"{PATHS[kind]}/{name}"
        api.create(PATHS[kind], {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": before}})
        for _ in range(12):
            user = random.choice(users)
            changed = random.sample(keys[kind], random.choice((1, 1, 2)))
            patch = {key: value(key) if random.random() < 0.75 else None for key in changed}
            after = {key: text for key, text in {**before, **patch}.items() if text is not None}
            answer = client.send("PATCH", path, {"metadata": {"labels": patch}}, user=user, dry_run=True)
            assert answer.code == 200, answer
            guarded = set(FLEET.node_keys if kind == "Node" else (CONFINEMENT_LABEL, STACK_LABEL))
            if kind == "Namespace" and (CONFINEMENT_LABEL in before or CONFINEMENT_LABEL in after):
                guarded |= set(levels)
            moved = any(before.get(key) != after.get(key) for key in guarded)
            wrong = moved and user not in (may, "aksService" if kind == "Node" else may)
            told[wrong] += 1
            if wrong != ("trust-labels-protected" in answer.rules):
                differ.append(f"{kind} {before} {patch} by {user}: {wrong}, {answer}")
    assert not differ, "\n".join(differ)
    assert min(told.values()) > 100, told


OF_PODS: Final = {rule.id for rule in TWINNED}
_SEEN: Final = set(PATHS) - {"ConfigMap"}
"""Kinds that the policies match. A hook template in a ConfigMap is judged when it has become a pod."""


def _to_ask(case: Case) -> tuple[Resource, dict[str, Any]] | None:
    """The object of a case as the API server takes it, of the fleet whose policies it has; `None`: there is none."""
    if len(case.resources) != 1:
        return None
    [resource] = case.resources
    body: dict[str, Any] = copy.deepcopy(dict(resource.inputs))
    whole = resource.type.endswith(f":{body.get('kind')}") and body["kind"] in _SEEN
    # A listener is judged as a pod, where its controller makes it.
    elsewhere = any(pod.elsewhere for pod in pods(resource))
    if not whole or elsewhere or case.fleet != FLEET or case.options or "Missing." in repr(body):
        return None
    meta = body.setdefault("metadata", {})
    meta.setdefault("name", "thing")
    if body["kind"] == "Service":
        # Those of others are judged by policy packs alone.
        meta["namespace"] = "azdo-agents"
    inner: Any = body.get("spec", {})
    if body["kind"] == "ScaledJob":
        inner.setdefault("triggers", [{"type": "cron", "metadata": {}}])
    if body["kind"] == "CronJob":
        inner = inner["jobTemplate"]["spec"]
    if body["kind"] in ("Job", "CronJob"):
        inner["template"]["spec"].setdefault("restartPolicy", "Never")
    if body["kind"] in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"):
        inner["selector"] = {"matchLabels": {"app": "thing"}}
        inner["template"].setdefault("metadata", {}).setdefault("labels", {})["app"] = "thing"
    return Resource(type=resource.type, name=resource.name, inputs=body), body


def test_both_forms_decide_alike_on_the_cases_of_the_rules(
    plane: tuple[Api, Client], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every rule on every case of every rule that the API server takes.

    Of objects other than pods the API server asks less: of roles, for instance, only those that give the fleet's
    accounts something. But it refuses nothing that a policy pack would let pass.
    """
    api, client = plane
    cases = [case for found in ALL.values() for case in (*found.passes, *found.fails)]
    to_ask = [found for case in cases if (found := _to_ask(case)) is not None]
    named = {body["metadata"].get("namespace") for _, body in to_ask} - {None, "default", "kube-system"}
    missing = sorted(named - {*FLEET.own_namespaces, *OTHERS})
    put_namespaces(api, bare_namespaces(FLEET, *missing), ACCOUNTS)
    rules = [rule for rule in RULES if rule.twins]
    compared, broken, differ = 0, Counter[str](), list[str]()
    for resource, body in to_ask:
        namespace = body["metadata"].get("namespace", "default")
        answer = client.ask(body, namespace)
        if answer.code != 201:
            continue
        compared += 1
        broken.update(answer.rules)
        python = by_python(resource, rules, AGREED)
        # Pods on both sides; other objects where the cluster alone refuses.
        differ += [f"{rule}: {body}" for rule in (python ^ answer.rules) & OF_PODS | answer.rules - python]
    with capsys.disabled():
        print(f"\n{compared} cases compared: {dict(sorted(broken.items()))}")
    assert not differ, "\n".join(differ)
    assert compared > 250
    assert {rule.id for rule in rules} - {*broken, *ONLY_WHO_ASKS} == set()


ONLY_WHO_ASKS: Final = ("namespace-pss-labels", "trust-labels-protected")
"""Rules of which the cluster asks something else than a program: who changes what. They have tests of their own."""
