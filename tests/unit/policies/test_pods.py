"""Where pods are found, beside what the cases of the rules hold: patches, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies.catalogue import RULES
from rules.policies.judge import judge
from rules.policies.node import NotKnown, Unchecked
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.policies.workloads.host_process_confined import RULE as HOST_PROCESS
from rules.problem import Problem
from tests.unit.policies.scenes import EXEMPT, FLEET, UNKNOWN, engine, kubernetes, linux_agent, workload


def found(resource: Resource) -> set[str]:
    """Rules that tell of a problem."""
    contexts = {rule.id: rule.context(FLEET) for rule in RULES}
    return {
        verdict.rule
        for rule in RULES
        for verdict in judge(rule, resource, contexts[rule.id])
        if isinstance(verdict, Problem)
    }


def unchecked(resource: Resource) -> set[str]:
    """Rules that say that they cannot judge."""
    contexts = {rule.id: rule.context(FLEET) for rule in RULES}
    return {
        rule.id
        for rule in RULES
        if any(isinstance(verdict, Unchecked) for verdict in judge(rule, resource, contexts[rule.id]))
    }


def template(spec: object) -> dict[str, Any]:
    return {"metadata": {"name": "thing", "namespace": "web"}, "spec": {"template": {"spec": spec}}}


@pytest.mark.parametrize(
    ("resource", "rules"),
    [
        pytest.param(
            kubernetes(
                "apps/v1:DaemonSetPatch",
                template(
                    {
                        "hostPID": True,
                        "securityContext": {"windowsOptions": {"hostProcess": True}},
                        "initContainers": [{"name": "a", "securityContext": {"privileged": True}}],
                    }
                ),
            ),
            {"host-namespaces-confined", "host-process-confined", "privileged-confined"},
            id="a patch of a DaemonSet without containers",
        ),
        pytest.param(
            kubernetes(
                "apps/v1:DeploymentPatch",
                template(
                    {
                        "tolerations": [{"operator": "Exists"}],
                        "volumes": [{"name": "pipe", "hostPath": {"path": "//./pipe/docker_engine"}}],
                    }
                ),
            ),
            {"docker-pipe-confined", "tolerations-bounded"},
            id="a patch of volumes and tolerations",
        ),
        pytest.param(
            kubernetes(
                "core/v1:PodPatch",
                {
                    "metadata": {"name": "thing", "namespace": "web"},
                    "spec": {"ephemeralContainers": [{"name": "a", "securityContext": {"privileged": True}}]},
                },
            ),
            {"privileged-confined"},
            id="an ephemeral container alone",
        ),
        pytest.param(
            kubernetes(
                "core/v1:ConfigMap",
                {"metadata": {"namespace": "github-runners"}, "data": {"job.yaml": "spec: {hostPID: true}"}},
            ),
            {"host-namespaces-confined"},
            id="a hook's template without containers",
        ),
    ],
)
def test_what_adds_to_a_pod_is_judged_without_its_containers(resource: Resource, rules: set[str]) -> None:
    assert rules <= found(resource)


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(workload(UNKNOWN, "web"), id="the spec of a template"),  # type: ignore[arg-type]  # what an output is
        pytest.param(
            kubernetes("apps/v1:Deployment", {"metadata": {"namespace": "web"}, "spec": {"template": UNKNOWN}}),
            id="a template",
        ),
        pytest.param(
            kubernetes("core/v1:Pod", {"metadata": {"namespace": "web"}, "spec": UNKNOWN}), id="the spec of a pod"
        ),
        pytest.param(
            kubernetes(
                "actions.github.com/v1alpha1:AutoscalingRunnerSet",
                {"metadata": {"namespace": "github-runners"}, "spec": {"template": UNKNOWN}},
            ),
            id="a runner's template",
        ),
        pytest.param(kubernetes("apps/v1:DeploymentList", {"kind": "DeploymentList", "items": UNKNOWN}), id="a list"),
        pytest.param(
            kubernetes("apps/v1:DeploymentList", {"kind": "DeploymentList", "items": [UNKNOWN]}), id="an item of a list"
        ),
        pytest.param(
            kubernetes(
                "core/v1:ConfigMap",
                {"metadata": {"namespace": "github-runners"}, "data": {"hook-template.yaml": UNKNOWN}},
            ),
            id="a hook's template",
        ),
    ],
)
def test_a_pod_that_is_not_known_yet_is_one_all_the_same(resource: Resource) -> None:
    assert {"host-process-confined", "privileged-confined", "tolerations-bounded"} <= unchecked(resource)


def test_a_listener_that_nobody_asks_for_is_no_pod() -> None:
    runners = kubernetes(
        "actions.github.com/v1alpha1:AutoscalingRunnerSet",
        {"metadata": {"namespace": "github-runners"}, "spec": {"template": {"spec": linux_agent()}}},
    )
    assert [pod.spec.path for pod in pods(runners)] == ["spec.template.spec"]


def test_each_pod_is_found_once() -> None:
    inner = {"spec": {"template": {"spec": linux_agent(), "extra": [{"spec": linux_agent()}]}}}
    resource = kubernetes("apps/v1:Deployment", {"metadata": {"namespace": "web"}, **inner})
    assert sorted(pod.spec.path for pod in pods(resource)) == [
        "spec.template.extra[0].spec",
        "spec.template.spec",
    ]


def test_kinds_of_others_with_the_same_name_are_not_taken_for_kubernetes_own() -> None:
    body = {"metadata": {"namespace": "azdo-agents"}, "spec": {"egress": [{"action": "Allow"}]}}
    assert "netpol-blocks-metadata" in found(kubernetes("networking.k8s.io/v1:NetworkPolicy", body))
    assert "netpol-blocks-metadata" not in found(kubernetes("projectcalico.org/v3:NetworkPolicy", body))


def test_reading_what_is_not_known_raises_and_does_not_pass() -> None:
    (pod,) = pods(workload(UNKNOWN, "web"))  # type: ignore[arg-type]  # what an output is
    with pytest.raises(NotKnown):
        _ = pod.containers


def test_a_program_has_no_right_to_the_clusters_own_namespaces_unless_it_is_said() -> None:
    resource = workload(engine(), "kube-system", "apps/v1:DaemonSet")
    assert "host-process-confined" in found(resource)
    context = HOST_PROCESS.context(EXEMPT)
    assert not list(judge(HOST_PROCESS, resource, context))
