"""Names in templates are what they stand for, loops count, and what is hidden for ever is told from what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from rules.policies.arm import OPAQUE, arm_resources, hidden, may_be
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
        ("[parameters('size')]", DECLARED, {"parameters": {"size": {"value": "[literal]"}}}, "[literal]"),
        ("[parameters('size')]", {}, {"parameters": GIVEN}, UNKNOWN),
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
        template={"parameters": {"pool": {"type": "Object"}}},
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


INNER = {
    "parameters": {"size": {"type": "string", "defaultValue": "Standard_D16s_v5"}},
    "resources": [pool("[parameters('size')]"), pool("Standard_D2s_v5")],
}
OPTIONS = {"expressionEvaluationOptions": {"scope": "inner"}}
AROUND = {
    **DECLARED,
    "variables": {
        "type": "Microsoft.Resources/deployments",
        "options": {"scope": "inner"},
        "whole": {"template": INNER, **OPTIONS},
    },
}


@pytest.mark.parametrize(
    "within",
    [
        {**nested(INNER, **OPTIONS), "type": "[variables('type')]"},
        {**nested(INNER), "type": "[concat('Microsoft.Resources', '/deployments')]"},
        nested(INNER, expressionEvaluationOptions="[variables('options')]"),
        nested(INNER, expressionEvaluationOptions={"scope": "[variables('scope')]"}),
        nested(INNER, expressionEvaluationOptions={"scope": UNKNOWN}),
        {**nested({}), "properties": "[variables('whole')]"},
        {**nested({}), "type": "[variables('type')]", "properties": "[variables('whole')]"},
    ],
    ids=["type", "computed type", "options", "scope", "scope to come", "properties", "type and properties"],
)
def test_no_name_is_told_in_a_deployment_whose_scope_an_expression_says(within: dict[str, Any]) -> None:
    sizes = [found.body.get("vmSize").value for found in pools(deployment(within, template=AROUND, parameters=GIVEN))]
    assert "Standard_D4s_v5" not in sizes
    assert "Standard_D16s_v5" not in sizes
    assert UNKNOWN in sizes


def test_a_type_that_is_a_name_hides_nothing_of_what_is_no_deployment() -> None:
    whole = deployment(
        {**pool("[parameters('size')]"), "type": "[variables('type')]"},
        template={**DECLARED, "variables": {"type": TYPE}},
        parameters=GIVEN,
    )
    assert size(whole) == "Standard_D4s_v5"


@pytest.mark.parametrize(
    "declared",
    [
        {"$ref": "#/definitions/password"},
        {"$ref": "#/definitions/password", "type": "string"},
        {"type": "SecureString"},
        {"type": "[variables('type')]", "$REF": "#/definitions/password"},
        {"type": ["string"]},
        {},
        UNKNOWN,
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "secureString"}}}}},
        {"type": "object", "additionalProperties": {"$ref": "#/definitions/password"}},
        {"type": "array", "items": {"type": "securestring"}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "SecureObject"}]},
    ],
)
def test_a_parameter_that_may_be_secure_is_not_read(declared: object) -> None:
    declaration = {**declared, "defaultValue": "Standard_D8s_v5"} if isinstance(declared, dict) else declared
    template = {"parameters": {"size": declaration}}
    assert size(deployment(pool("[parameters('size')]"), template=template)) is UNKNOWN
    assert size(deployment(pool("[parameters('size')]"), template=template, parameters=GIVEN)) is UNKNOWN


def lines(count: int, line: Callable[[str], object], first: object) -> dict[str, Any]:
    """Variables of which each is made of the one before."""
    return {"v0": first, **{f"v{index}": line(f"[variables('v{index - 1}')]") for index in range(1, count)}}


def doubled(above: str) -> object:
    return [{"type": "Microsoft.Devices/iotHubs", "name": "a", "resources": above}] * 2


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize(
    ("line", "resources"),
    [
        (doubled, "[variables('v39')]"),
        (lambda above: {"type": "a.b/c", "name": "a", "resources": [above, above]}, ["[variables('v39')]"]),
    ],
    ids=["lists", "resources"],
)
def test_names_that_double_with_every_line_are_written_out_so_far_and_unknown_beyond(
    line: Callable[[str], object], resources: object, backwards: bool
) -> None:
    variables = lines(40, line, [])
    order = dict(reversed(variables.items())) if backwards else variables
    whole = deployment(template={"variables": order, "resources": resources})
    found = list(islice(arm_resources(whole), 30_000))
    assert len(found) < 30_000
    assert OPAQUE in {one.type for one in found}
    (place,) = {hidden(whole, one.body.path) for one in found if one.type == OPAQUE}
    assert (place or "").removesuffix("[0]") == "properties.template.resources"


@pytest.mark.parametrize("count", [400, 4000])
def test_a_long_chain_of_names_or_of_resources_inside_of_each_other_is_unknown_beyond_a_depth(count: int) -> None:
    chain = lines(count, lambda above: above, "Standard_D4s_v5")
    late = {"size": f"[variables('v{count - 1}')]", **dict(reversed(chain.items()))}
    assert size(deployment(pool("[variables('size')]"), template={"variables": late})) is UNKNOWN
    lists = lines(count, lambda above: [{"type": "a.b/c", "resources": above}], [])
    whole = deployment(template={"variables": lists, "resources": f"[variables('v{count - 1}')]"})
    assert [one.type for one in arm_resources(whole)][-1] == OPAQUE
    deep: list[object] = []
    for _ in range(count):
        deep = [{"type": "Microsoft.Resources/deployments", "properties": {"template": {"resources": deep}}}]
    assert OPAQUE in {one.type for one in arm_resources(deployment(*deep))}
    text = "{" + '"resources":[{"type":"a.b/c",' * 300 + '"resources":[]' + "}]" * 300 + "}"
    inputs = {"properties": {"template": text}}
    of_text = Resource(type="azure-native:resources:Deployment", name="text", inputs=inputs)
    assert OPAQUE in {one.type for one in arm_resources(of_text)}


def test_a_large_template_of_people_is_read_to_its_end() -> None:
    profile = {"osType": "Windows", "tags": {f"t{index}": "x" for index in range(90)}}
    whole = deployment(
        *[pool("", properties="[variables('profile')]") for _ in range(200)],
        template={"variables": {"profile": profile}},
    )
    found = pools(whole)
    assert len(found) == 200
    assert all(one.body.get("osType").value == "Windows" for one in found)


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
        (
            deployment(
                pool("s", copy=loop("[parameters('n')]")),
                template={"parameters": {"n": {"type": "int"}}},
                parameters={"n": {"value": 7}},
            ),
            7,
        ),
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
