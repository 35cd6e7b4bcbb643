"""Names in templates are what they stand for, loops count, and what is hidden for ever is told from what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.policies.arm import arm_resources, hidden, may_be
from rules.policies.azure import Pool, clusters, pools
from rules.policies.cluster.parts import FEDERATED_CREDENTIAL, PartType
from rules.policies.namespaces.managed import MANAGED
from rules.policies.node import UNKNOWN, NotKnown
from rules.policies.resource import Resource

TYPE = "Microsoft.ContainerService/managedClusters/agentPools"
SIZE = "properties.template.resources[0].properties.vmSize"


def pool(size: object, **more: Any) -> dict[str, Any]:
    return {"type": TYPE, "name": "fleet/lin", "properties": {"vmSize": size}, **more}


def deployment(*resources: object, **properties: Any) -> Resource:
    template = {"resources": [*resources], **properties.pop("template", {})}
    inputs = {"mode": "Incremental", "template": template, **properties}
    return Resource(type="azure-native:resources:Deployment", name="fleet", inputs={"properties": inputs})


def nested(template: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Microsoft.Resources/deployments",
        "name": "nested",
        "properties": {"template": template, **properties},
    }


def size(resource: Resource) -> object:
    (found,) = pools(resource)
    return found.body.get("vmSize").value


DECLARED = {"parameters": {"size": {"type": "string", "defaultValue": "Standard_D8s_v5"}}}
GIVEN = {"size": {"value": "Standard_D4s_v5"}}


@pytest.mark.parametrize(
    ("text", "template", "properties", "expected"),
    [
        ("[parameters('size')]", DECLARED, {"parameters": GIVEN}, "Standard_D4s_v5"),
        ("[ Parameters ( 'SIZE' ) ]", DECLARED, {"parameters": GIVEN}, "Standard_D4s_v5"),
        ("[parameters('size')]", DECLARED, {}, "Standard_D8s_v5"),
        (
            "[parameters('size')]",
            DECLARED,
            {"parameters": {"size": {"value": None, "reference": None}}},
            "Standard_D8s_v5",
        ),
        ("[parameters('size')]", {}, {"parameters": {"size": {"value": "[literal]"}}}, "[literal]"),
        ("[variables('size')]", {"variables": {"size": "Standard_D2s_v5"}}, {}, "Standard_D2s_v5"),
        (
            "[variables('size')]",
            {**DECLARED, "variables": {"size": "[parameters('size')]"}},
            {"parameters": GIVEN},
            "Standard_D4s_v5",
        ),
        ("[variables('size')]", {"variables": {"size": "[concat('a', 'b')]"}}, {}, UNKNOWN),
        ("[variables('a')]", {"variables": {"a": "[variables('b')]", "b": "[variables('a')]"}}, {}, UNKNOWN),
        ("[parameters('size')]", {}, {}, UNKNOWN),
        ("[variables('size')]", {}, {}, UNKNOWN),
        ("[parameters('size')]", DECLARED, {"parameters": {"size": {"reference": {"secretName": "s"}}}}, UNKNOWN),
        ("[parameters('size')]", DECLARED, {"parameters": {"size": UNKNOWN}}, UNKNOWN),
        ("[parameters('size')]", DECLARED, {"parameters": {"size": {"value": UNKNOWN}}}, UNKNOWN),
        ("[parameters('size')]", DECLARED, {"parameters": UNKNOWN}, UNKNOWN),
        ("[parameters('size')]", DECLARED, {"parametersLink": {"uri": "https://example.com/p"}}, UNKNOWN),
        ("[parameters('size').name]", DECLARED, {"parameters": GIVEN}, UNKNOWN),
        ("[toLower(parameters('size'))]", DECLARED, {"parameters": GIVEN}, UNKNOWN),
        ("[parameters('size')]", {"parameters": {"size": {"type": "secureString"}}}, {"parameters": GIVEN}, UNKNOWN),
    ],
)
def test_a_name_alone_is_what_it_stands_for_and_every_other_expression_is_unknown(
    text: str, template: Any, properties: Any, expected: object
) -> None:
    assert size(deployment(pool(text), template=template, **properties)) == expected


def test_a_parameter_may_be_all_there_is() -> None:
    whole = deployment(
        pool("unused", properties="[parameters('pool')]"),
        parameters={"pool": {"value": {"vmsize": "Standard_D4s_v5", "nodeTaints": ["[a]"]}}},
    )
    (found,) = pools(whole)
    assert found.body.get("vmSize").text() == "Standard_D4s_v5"
    assert found.taints()[0].text() == "[a]"
    assert found.body.get("vmSize").path == "properties.template.resources[0].properties.vmSize"


def test_names_are_found_in_a_stack_and_in_a_template_that_is_a_text() -> None:
    template = {"resources": [pool("[parameters('size')]")], **DECLARED}
    stack = Resource(
        type="azure-native:resources:DeploymentStackAtResourceGroup",
        name="fleet",
        inputs={"template": template, "parameters": GIVEN},
    )
    assert size(stack) == "Standard_D4s_v5"
    text = Resource(
        type="azure-native:resources:Deployment",
        name="fleet",
        inputs={"properties": {"template": json.dumps(template), "parameters": GIVEN}},
    )
    assert size(text) == "Standard_D4s_v5"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, "Standard_D4s_v5"),
        ({"expressionEvaluationOptions": {"scope": "Outer"}}, "Standard_D4s_v5"),
        ({"expressionEvaluationOptions": {"scope": "inner"}}, "Standard_D16s_v5"),
        (
            {
                "expressionEvaluationOptions": {"scope": "Inner"},
                "parameters": {"size": {"value": "[parameters('size')]"}},
            },
            "Standard_D4s_v5",
        ),
        (
            {
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"size": {"value": "[concat('a', 'b')]"}},
            },
            UNKNOWN,
        ),
        ({"expressionEvaluationOptions": {"scope": "[parameters('scope')]"}}, UNKNOWN),
    ],
)
def test_a_nested_deployment_has_the_names_around_it_or_its_own(properties: Any, expected: object) -> None:
    inner = {
        "parameters": {"size": {"type": "string", "defaultValue": "Standard_D16s_v5"}},
        "resources": {"lin": pool("[parameters('size')]")},
    }
    assert size(deployment(nested(inner, **properties), template=DECLARED, parameters=GIVEN)) == expected


def copies(resource: Resource) -> int:
    (found,) = pools(resource)
    assert isinstance(found, Pool)
    return found.copies()


def loop(count: object) -> dict[str, Any]:
    return {"name": "loop", "count": count}


CLUSTER = {
    "type": "Microsoft.ContainerService/managedClusters",
    "name": "fleet",
    "copy": loop(2),
    "properties": {"copy": [{"name": "agentPoolProfiles", "count": 3, "input": {"name": "p"}}]},
}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (deployment(pool("s")), 1),
        (deployment(pool("s", copy=loop(50))), 50),
        (deployment(pool("s", copy=loop(0))), 0),
        (deployment(pool("s", copy=loop("[parameters('n')]")), parameters={"n": {"value": 7}}), 7),
        (deployment({**nested({"resources": [pool("s", copy=loop(4))]}), "copy": loop(3)}), 12),
        (deployment(CLUSTER), 6),
    ],
)
def test_a_loop_makes_as_many_as_it_counts(resource: Resource, expected: int) -> None:
    assert copies(resource) == expected


def test_a_count_that_azure_computes_is_not_known() -> None:
    with pytest.raises(NotKnown, match=r"resources\[0\]\.copy\.count"):
        copies(deployment(pool("s", copy=loop("[length(parameters('pools'))]"))))
    assert [cluster.loops[0].value for cluster in clusters(deployment(CLUSTER))] == [2]


TEXT = Resource(
    type="azure-native:resources:Deployment",
    name="fleet",
    inputs={"properties": {"template": json.dumps({"resources": [pool("[concat('a', 'b')]")]})}},
)
LINKED = Resource(
    type="azure-native:resources:Deployment",
    name="sql",
    inputs={"Properties": {"TemplateLink": {"uri": UNKNOWN}}},
)


@pytest.mark.parametrize(
    ("resource", "path", "where"),
    [
        (deployment(pool("[concat('a', 'b')]")), SIZE, SIZE),
        (deployment(pool("", properties="[variables('p')]")), SIZE, SIZE.removesuffix(".vmSize")),
        (deployment(pool("[parameters('size')]")), SIZE, SIZE),
        (deployment(pool("[parameters('size')]"), parameters={"size": {"reference": {}}}), SIZE, SIZE),
        (deployment(pool("[parameters('size')]"), parameters={"size": {"value": UNKNOWN}}), SIZE, None),
        (deployment(pool("[concat(parameters('a'), 'b')]"), parameters={"a": {"value": UNKNOWN}}), SIZE, SIZE),
        (deployment(pool(UNKNOWN)), SIZE, None),
        (deployment(pool("a")), "properties.template.resources[0].scope", "properties.template.resources[0].scope"),
        (TEXT, SIZE, SIZE),
        (deployment(template={"resources": "[variables('a')]"}), f"{SIZE}.a", "properties.template.resources"),
        (LINKED, "properties.templateLink.osType", "properties.templateLink"),
        (
            Resource(type="azure-native:resources:Deployment", name="a", inputs={"properties": {"template": "{"}}),
            "properties.template.osType",
            "properties.template",
        ),
        (
            Resource(type="azure-native:resources:Deployment", name="a", inputs={"properties": UNKNOWN}),
            "properties.template",
            None,
        ),
        (Resource(type="azure-native:resources:Resource", name="a", inputs={"properties": "[a]"}), "properties", None),
    ],
)
def test_what_is_hidden_for_ever_is_told_from_what_is_not_known_yet(
    resource: Resource, path: str, where: str | None
) -> None:
    assert hidden(resource, path) == where


@pytest.mark.parametrize(
    ("arm", "it_may"),
    [
        ("unknown", True),
        ("microsoft.containerservice/managedclusters/maintenanceconfigurations", True),
        ("microsoft.containerservice/?/maintenanceconfigurations", True),
        ("microsoft.containerservice/?/agentpools", False),
        ("microsoft.devcenter/?/maintenanceconfigurations", False),
        ("microsoft.containerservice/managedclusters", False),
    ],
)
def test_a_type_whose_parents_are_not_known_may_be_one_that_ends_alike(arm: str, it_may: bool) -> None:
    assert may_be(arm, "microsoft.containerservice/managedclusters/maintenanceconfigurations") is it_may


@pytest.mark.parametrize("part", [FEDERATED_CREDENTIAL, MANAGED], ids=lambda part: part.arm)
@pytest.mark.parametrize("known", [True, False])
def test_a_generic_resource_is_found_before_its_parent_is_known(part: PartType, known: bool) -> None:
    namespace, parent, kind = part.arm.split("/")
    inputs: dict[str, object] = {
        "parentResourcePath": f"{parent}/fleet" if known else UNKNOWN,
        "properties": {"labels": {}},
        "resourceName": "it",
        "resourceProviderNamespace": namespace,
        "resourceType": kind,
    }
    (found,) = part(Resource(type="azure-native:resources:Resource", name="it", inputs=inputs))
    assert found.body.path == "properties"


def test_a_type_of_an_early_api_is_the_one_of_today() -> None:
    early = Resource(type="azure-native:hybridcontainerservice/v20220501preview:agentPool", name="a", inputs={})
    assert early.kind == "azure-native:hybridcontainerservice:AgentPool"
    assert [found.platform for found in pools(early)] == ["azure-local"]
    spelt = Resource(type="azure-native:ContainerService:managedCluster", name="a", inputs={})
    assert [found.platform for found in clusters(spelt)] == ["aks"]
    assert [found.type for found in arm_resources(spelt)] == []
