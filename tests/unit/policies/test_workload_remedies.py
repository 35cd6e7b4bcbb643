"""Remedies of the rules of workloads: what they add, and what they leave alone. And the words and numbers of these."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from components import contract
from components.github.job_template import JOB_COMPONENT as MADE_JOB_COMPONENT
from rules.policies.fleet import COMPONENT_LABEL, JOB_COMPONENT, TOKEN_COMPONENTS
from rules.policies.judge import judge
from rules.policies.resource import Resource
from rules.policies.rule import Rule
from rules.policies.workloads import job_survives_drain, runner_no_kube_api
from rules.policies.workloads.quantity import amount
from tests.unit.policies.runner_scenes import build, hook_runner, hook_template, job, runner_set
from tests.unit.policies.scenes import FLEET, UNKNOWN, engine, linux_agent, workload

TOKEN = "automountServiceAccountToken"
RULES = (job_survives_drain.RULE, runner_no_kube_api.RULE)


def mended(rule: Rule[Any], resource: Resource) -> Resource | None:
    assert rule.remedy is not None
    before = copy.deepcopy(dict(resource.inputs))
    inputs = rule.remedy(resource, rule.context(FLEET))
    assert resource.inputs == before, "a remedy leaves the author's inputs alone"
    return None if inputs is None else Resource(type=resource.type, name=resource.name, inputs=inputs)


def agent(namespace: object = "azdo-agents", token: str = "apps/v1:Deployment") -> Resource:
    """An agent without annotations that says nothing of a token."""
    inputs: Any = workload(linux_agent(), namespace, token).inputs
    template = inputs["spec"]["template"]
    del template["metadata"]["annotations"], template["spec"][TOKEN]
    return Resource(type=f"kubernetes:{token}", name="agent", inputs=inputs)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_agent_that_says_nothing_is_mended_and_then_passes(rule: Rule[Any]) -> None:
    assert list(judge(rule, agent(), rule.context(FLEET)))
    after = mended(rule, agent())
    assert after is not None
    assert not list(judge(rule, after, rule.context(FLEET)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(workload(linux_agent(), "azdo-agents"), id="what is right"),
        pytest.param(agent("web"), id="what is not the fleet's"),
        pytest.param(agent(token="apps/v1:DeploymentPatch"), id="a patch"),
        pytest.param(agent(UNKNOWN), id="an unknown namespace"),
        pytest.param(hook_template(automountServiceAccountToken=None), id="a template in a text"),
        pytest.param(workload({**engine(), TOKEN: None}, "docker-engine", "apps/v1:DaemonSet"), id="the engine"),
        pytest.param(job({**build(), TOKEN: None}), id="a build, which needs its token"),
        pytest.param(runner_set(hook_runner(**{TOKEN: None}), "github-runners"), id="a runner that makes pods"),
    ],
)
def test_nothing_is_added(rule: Rule[Any], resource: Resource) -> None:
    assert mended(rule, resource) is None


def silent(token: str) -> Resource:
    """An agent of any kind that has neither annotation nor a word of a token."""
    spec = {key: value for key, value in linux_agent().items() if key != TOKEN}
    inputs: Any = workload(spec, "azdo-agents", token).inputs
    place = inputs if token == "core/v1:Pod" else inputs["spec"]
    for key in ("jobTemplate", "spec", "jobTargetRef", "template"):
        place = place.get(key, place) if token != "core/v1:Pod" else place
    del place["metadata"]["annotations"]
    return Resource(type=f"kubernetes:{token}", name="agent", inputs=inputs)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("token", ["apps/v1:StatefulSet", "batch/v1:CronJob", "keda.sh/v1alpha1:ScaledJob"])
def test_what_may_be_changed_in_place_is_mended(rule: Rule[Any], token: str) -> None:
    assert mended(rule, silent(token)) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("token", ["batch/v1:Job", "argoproj.io/v1alpha1:Rollout"])
def test_what_a_change_would_replace_is_left_alone(rule: Rule[Any], token: str) -> None:
    assert list(judge(rule, silent(token), rule.context(FLEET)))
    assert mended(rule, silent(token)) is None


def test_of_a_pod_nothing_but_its_metadata_is_changed() -> None:
    pod = silent("core/v1:Pod")
    after = mended(job_survives_drain.RULE, pod)
    assert after is not None
    assert after.inputs["spec"] == pod.inputs["spec"]
    assert list(judge(runner_no_kube_api.RULE, pod, runner_no_kube_api.RULE.context(FLEET)))
    assert mended(runner_no_kube_api.RULE, pod) is None


def test_what_an_author_wrote_stays_even_if_it_is_wrong() -> None:
    wrong = workload({**linux_agent(), TOKEN: True}, "azdo-agents")
    assert mended(runner_no_kube_api.RULE, wrong) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("odd", ["text", 3, ["a"], [], True], ids=repr)
@pytest.mark.parametrize("field", ["metadata", "annotations", "labels"])
def test_a_map_that_is_none_is_left_as_it_is(rule: Rule[Any], field: str, odd: object) -> None:
    inputs: Any = agent().inputs
    template = inputs["spec"]["template"]
    if field == "metadata":
        template["metadata"] = odd
    else:
        template["metadata"][field] = odd
    after = mended(rule, Resource(type="kubernetes:apps/v1:Deployment", name="agent", inputs=inputs))
    if after is not None:
        metadata: Any = after.inputs["spec"]["template"]["metadata"]  # type: ignore[index]  # plain values
        assert (metadata if field == "metadata" else metadata[field]) == odd


def test_rules_and_components_call_things_by_the_same_words() -> None:
    assert COMPONENT_LABEL == contract.LABEL_COMPONENT
    assert JOB_COMPONENT == MADE_JOB_COMPONENT
    assert set(TOKEN_COMPONENTS) == {contract.COMPONENT_HOOK_RUNNER, contract.COMPONENT_IMAGE_BUILD}
    assert job_survives_drain.SAFE_TO_EVICT == contract.ANNOTATION_SAFE_TO_EVICT


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", Decimal("0.5")),
        ("4Gi", Decimal(4 * 1024**3)),
        ("4096Mi", Decimal(4 * 1024**3)),
        ("2G", Decimal(2_000_000_000)),
        ("1e3", Decimal(1000)),
        (".5", Decimal("0.5")),
        (4, Decimal(4)),
        (0.5, Decimal("0.5")),
        ("-1", Decimal(-1)),
    ],
)
def test_a_quantity_is_a_number(text: object, number: Decimal) -> None:
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "4 Gi", "4gi", "one", "Gi", None, True, ["4"]])
def test_what_is_no_quantity_is_no_number(text: object) -> None:
    assert amount(text) is None
