"""Pods and pieces of pods in custom resources: found however they are written, and judged for what they have alone."""

from __future__ import annotations

from typing import Any

import pytest

from rules.policies.catalogue import RULES
from rules.policies.judge import judge
from rules.policies.node import Unchecked
from rules.policies.pods import pods
from rules.policies.resource import Resource
from rules.problem import Problem
from tests.unit.policies.scenes import FLEET, UNKNOWN, kubernetes, linux_agent

PIPE: dict[str, Any] = {"name": "pipe", "hostPath": {"path": r"\\.\pipe\docker_engine"}}
OPEN: dict[str, Any] = {"name": "a", "image": "alpine:3", "securityContext": {"privileged": True}}
SCRIPT: dict[str, Any] = {**OPEN, "source": "true"}
QUIET: dict[str, Any] = {"name": "a", "image": "registry.example.com/buildfleet/agent:1"}
CAPABLE = {"capabilities": {"add": ["SYS_ADMIN"]}}
ARGO = "argoproj.io/v1alpha1:"
TEKTON = "tekton.dev/v1:"
NEW = "example.com/v1:Thing"


def custom(token: str, spec: object, namespace: object = "ci") -> Resource:
    return kubernetes(token, {"metadata": {"name": "thing", "namespace": namespace}, "spec": spec})


def told(resource: Resource, *, advice: bool = True) -> dict[str, set[str]]:
    """Rules by the path of what each finds, or cannot judge."""
    found: dict[str, set[str]] = {}
    for rule in RULES:
        if rule.levels.production == "mandatory" or advice:
            for verdict in judge(rule, resource, rule.context(FLEET)):
                words = rule.id if isinstance(verdict, Problem) else f"{rule.id}?"
                found.setdefault(verdict.path, set()).add(words)
    return found


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(
            custom(
                f"{ARGO}Workflow",
                {"volumes": [PIPE], "hostNetwork": True, "templates": [{"name": "a", "container": OPEN}]},
            ),
            {
                "spec.volumes[0].hostPath.path": {"docker-pipe-confined"},
                "spec.hostNetwork": {"host-namespaces-confined"},
                "spec.templates[0].container.securityContext.privileged": {"privileged-confined"},
            },
            id="a workflow",
        ),
        pytest.param(
            custom(
                f"{ARGO}WorkflowTemplate",
                {"templates": [{"script": SCRIPT, "sidecars": [OPEN], "initContainers": [OPEN]}]},
            ),
            {
                f"spec.templates[0].{place}.securityContext.privileged": {"privileged-confined"}
                for place in ("script", "sidecars[0]", "initContainers[0]")
            },
            id="a script and what is beside it",
        ),
        pytest.param(
            custom(
                f"{ARGO}CronWorkflow", {"workflowSpec": {"templates": [{"steps": [[{"inline": {"container": OPEN}}]]}]}}
            ),
            {
                "spec.workflowSpec.templates[0].steps[0][0].inline.container.securityContext.privileged": {
                    "privileged-confined"
                }
            },
            id="a step of a step",
        ),
        pytest.param(
            custom(f"{TEKTON}Task", {"volumes": [PIPE], "stepTemplate": OPEN, "steps": [OPEN], "sidecars": [OPEN]}),
            {
                "spec.volumes[0].hostPath.path": {"docker-pipe-confined"},
                **{
                    f"spec.{place}.securityContext.privileged": {"privileged-confined"}
                    for place in ("stepTemplate", "steps[0]", "sidecars[0]")
                },
            },
            id="a task",
        ),
        pytest.param(
            custom(f"{TEKTON}TaskRun", {"podTemplate": {"volumes": [PIPE], "tolerations": [{"operator": "Exists"}]}}),
            {
                "spec.podTemplate.volumes[0].hostPath.path": {"docker-pipe-confined"},
                "spec.podTemplate.tolerations[0]": {"tolerations-bounded"},
            },
            id="a run of a task",
        ),
        pytest.param(
            custom(
                "actions.summerwind.dev/v1alpha1:RunnerDeployment",
                {"template": {"spec": {"repository": "a/b", "volumes": [PIPE], "hostNetwork": True}}},
            ),
            {
                "spec.template.spec.volumes[0].hostPath.path": {"docker-pipe-confined"},
                "spec.template.spec.hostNetwork": {"host-namespaces-confined"},
            },
            id="runners as ARC had them before",
        ),
        pytest.param(
            custom(NEW, {"image": "a:1", "securityContext": {"privileged": True}, "volumes": [PIPE]}),
            {
                "spec.securityContext.privileged": {"privileged-confined"},
                "spec.volumes[0].hostPath.path": {"docker-pipe-confined"},
            },
            id="pod and container in one map",
        ),
        pytest.param(
            custom(NEW, {"agent": {"securityContext": {"privileged": True}}, "proxy": {"securityContext": CAPABLE}}),
            {
                "spec.agent.securityContext.privileged": {"privileged-confined"},
                "spec.proxy.securityContext.capabilities.add[0]": {"privileged-confined"},
            },
            id="a container under any name",
        ),
        pytest.param(
            custom(NEW, {"securityContext": {"windowsOptions": {"hostProcess": True}}}),
            {"spec.securityContext.windowsOptions.hostProcess": {"host-process-confined"}},
            id="a process of the node",
        ),
        pytest.param(
            kubernetes(
                "core/v1:List",
                {"items": [dict(custom(f"{ARGO}Workflow", {"templates": [{"container": OPEN}]}).inputs)]},
            ),
            {"items[0].spec.templates[0].container.securityContext.privileged": {"privileged-confined"}},
            id="in a list",
        ),
        pytest.param(
            custom(NEW, {"hostPID": True, "containers": []}),
            {"spec.hostPID": {"host-namespaces-confined"}},
            id="no containers",
        ),
    ],
)
def test_a_piece_is_judged_where_it_stands_and_once(resource: Resource, expected: dict[str, set[str]]) -> None:
    assert told(resource) == expected
    every = [verdict.path for rule in RULES for verdict in judge(rule, resource, rule.context(FLEET))]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("namespace", ["azdo-agents", "azdo-agents-docker", "docker-engine", "github-runners"])
@pytest.mark.parametrize(
    "resource",
    [
        (f"{ARGO}Workflow", {"templates": [{"name": "a", "container": QUIET}]}),
        (f"{TEKTON}Task", {"steps": [QUIET], "sidecars": [QUIET]}),
        (f"{TEKTON}TaskRun", {"podTemplate": {"volumes": [{"name": "a", "emptyDir": {}}], "nodeSelector": {}}}),
        ("actions.summerwind.dev/v1alpha1:RunnerDeployment", {"template": {"spec": {"initContainers": [QUIET]}}}),
    ],
    ids=["a workflow", "a task", "a run", "runners"],
)
def test_what_a_piece_leaves_out_says_nothing(resource: tuple[str, Any], namespace: str) -> None:
    token, spec = resource
    one = custom(token, spec, namespace)
    assert told(one) == {}


def test_a_device_folder_beside_a_container_that_is_elsewhere_may_be_right() -> None:
    volumes = [{"name": "devices", "hostPath": {"path": "/dev"}}]
    spec = {
        "volumes": volumes,
        "templates": [{"name": "a", "container": {**OPEN, "image": QUIET["image"] + "@sha256:" + "0" * 64}}],
    }
    assert told(custom(f"{ARGO}Workflow", spec, "azdo-agents-docker")) == {}
    assert "host-path-allowlist" in told(custom(f"{ARGO}Workflow", spec, "ci"))["spec.volumes[0].hostPath.path"]


CONFINEMENT = {"host-process-confined", "privileged-confined", "docker-pipe-confined", "host-namespaces-confined"}


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (custom(f"{ARGO}Rollout", UNKNOWN), "spec"),
        (custom(f"{ARGO}Rollout", {"template": UNKNOWN}), "spec.template"),
        (custom(f"{ARGO}Rollout", {"template": {"spec": UNKNOWN}}), "spec.template.spec"),
        (custom(f"{ARGO}Workflow", {"templates": UNKNOWN}), "spec.templates"),
        (custom(f"{ARGO}Workflow", {"templates": [UNKNOWN]}), "spec.templates[0]"),
        (custom(f"{ARGO}Workflow", {"templates": [{"container": UNKNOWN}]}), "spec.templates[0].container"),
        (custom(f"{TEKTON}Task", {"steps": UNKNOWN}), "spec.steps"),
        (custom("serving.knative.dev/v1:Service", {"template": UNKNOWN}), "spec.template"),
        (kubernetes("argoproj.io/v1alpha1:RolloutList", {"kind": "RolloutList", "items": [UNKNOWN]}), "items[0]"),
    ],
    ids=str,
)
def test_what_is_unknown_in_a_kind_that_makes_pods_may_be_one_in_any_namespace(resource: Resource, path: str) -> None:
    unclear = {
        rule.id
        for rule in RULES
        for verdict in judge(rule, resource, rule.context(FLEET))
        if isinstance(verdict, Unchecked) and verdict.path.startswith(path)
    }
    assert unclear >= CONFINEMENT
    assert [pod.spec.path for pod in pods(resource)] == [path]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (UNKNOWN, "spec"),
        ({"template": UNKNOWN}, "spec.template"),
        ({"a": [{"podTemplate": {"spec": UNKNOWN}}]}, "spec.a[0].podTemplate.spec"),
        ({"volumes": UNKNOWN}, "spec.volumes"),
    ],
    ids=["all of it", "a template", "deep", "volumes"],
)
def test_in_the_fleets_namespaces_it_may_be_one_in_any_kind(spec: Any, path: str) -> None:
    assert told(custom(NEW, spec, "azdo-agents"), advice=False) == {path: {"privileged-confined?"}}
    assert told(custom(NEW, spec, UNKNOWN), advice=False) == {"metadata.namespace": {"privileged-confined?"}}
    assert told(custom(NEW, spec, "web")) == {}


@pytest.mark.parametrize(
    "resource",
    [
        custom("cert-manager.io/v1:Certificate", UNKNOWN, "azdo-agents"),
        custom("keda.sh/v1alpha1:TriggerAuthentication", UNKNOWN, "azdo-agents"),
        custom("external-secrets.io/v1:ExternalSecret", {"target": {"template": UNKNOWN}}, "azdo-agents"),
        custom("projectcalico.org/v3:NetworkPolicy", {"egress": []}, "azdo-agents"),
        custom(NEW, {"address": UNKNOWN, "size": UNKNOWN}, "azdo-agents"),
        custom("constraints.gatekeeper.sh/v1beta1:K8sPSPHostNetworkingPorts", {"parameters": {"hostNetwork": True}}),
        custom("kyverno.io/v1:ClusterPolicy", {"rules": [{"validate": {"pattern": {"spec": {"hostPID": True}}}}]}),
        custom(NEW, {"container": "main", "script": "true", "steps": [{"run": "true"}], "sidecars": 2}),
        kubernetes("core/v1:PersistentVolumeClaim", {"metadata": {"namespace": "azdo-agents"}, "spec": UNKNOWN}),
        kubernetes(NEW, {"metadata": {"namespace": "azdo-agents", "annotations": {"spec": UNKNOWN}}, "spec": {}}),
    ],
    ids=lambda resource: resource.type,
)
def test_what_makes_no_pods_stops_nobody(resource: Resource) -> None:
    assert told(resource, advice=False) == {}


@pytest.mark.parametrize("group", ["notkyverno.io", "kyverno2.io", "agatekeeper.sh"])
def test_only_the_whole_domain_of_a_policy_engine_is_one(group: str) -> None:
    pattern = {"rules": [{"validate": {"pattern": {"spec": {"hostPID": True}}}}]}
    found = told(custom(f"{group}/v1:Anything", pattern), advice=False)
    assert {"host-namespaces-confined"} in found.values()


@pytest.mark.parametrize("group", ["policies.kyverno.io", "constraints.gatekeeper.sh"])
def test_what_stands_below_the_domain_is_of_the_engine_too(group: str) -> None:
    pattern = {"rules": [{"validate": {"pattern": {"spec": {"hostPID": True}}}}]}
    assert told(custom(f"{group}/v1:Anything", pattern), advice=False) == {}


def test_a_whole_spec_in_a_custom_resource_is_no_piece() -> None:
    [pod] = pods(custom(f"{ARGO}Rollout", {"template": {"spec": linux_agent()}}, "azdo-agents"))
    assert not pod.partial
