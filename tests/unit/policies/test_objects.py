"""Which resources of Kubernetes are objects."""

from __future__ import annotations

import pytest

from rules.policies.judge import judge
from rules.policies.objects import objects
from rules.policies.resource import Resource
from rules.policies.workloads import host_process_confined
from tests.unit.policies.scenes import FLEET, engine

BODY = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "web"}, "spec": engine()}
COMPONENTS = [
    "kubernetes:helm.sh/v2:Chart",
    "kubernetes:helm.sh/v3:Chart",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:kustomize:Directory",
    "kubernetes:yaml/v2:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:yaml:ConfigFile",
    "kubernetes:yaml:ConfigGroup",
]


@pytest.mark.parametrize("token", COMPONENTS)
def test_what_makes_objects_elsewhere_is_none(token: str) -> None:
    assert objects(Resource(type=token, name="a", inputs={"values": {"containers": [{"name": "a"}]}})) == []


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:yaml/v2:Pod",
        "kubernetes:yamlx/v1:Pod",
        "kubernetes:kustomize/v9:Pod",
        "kubernetes:helm.sh/v9:Pod",
        *COMPONENTS,
    ],
)
def test_no_type_hides_an_object(token: str) -> None:
    rule = host_process_confined.RULE
    assert list(judge(rule, Resource(type=token, name="a", inputs=BODY), rule.context(FLEET)))


def test_a_type_made_up_without_a_kind_in_the_inputs_is_judged_by_its_form() -> None:
    rule, inputs = host_process_confined.RULE, {key: BODY[key] for key in ("metadata", "spec")}
    resource = Resource(type="kubernetes:yaml/v2:Pod", name="a", inputs=inputs)
    assert list(judge(rule, resource, rule.context(FLEET)))
