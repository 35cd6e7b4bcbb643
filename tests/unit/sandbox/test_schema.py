"""From an API server's OpenAPI schema to a structural one."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.crds import arc
from sandbox.crds.schema import UnsupportedSchemaError, structural

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_references_are_replaced_and_prose_and_defaults_dropped() -> None:
    schemas = {
        "Pod": thing(spec={"allOf": [ref("Spec")], "default": {}, "description": "words"}),
        "Spec": {
            "type": "object",
            "description": "words",
            "required": ["name"],
            "properties": {"name": {"type": "string", "default": "", "x-kubernetes-patch-strategy": "merge"}},
        },
    }
    assert structural("Pod", schemas) == thing(
        spec={"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    )


def test_numbers_or_strings_and_quantities_take_both() -> None:
    schemas = {
        "Port": thing(
            port={"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
            size={"allOf": [ref(QUANTITY)]},
        ),
        QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
    }
    properties = structural("Port", schemas)["properties"]
    assert properties["port"] == {
        "x-kubernetes-int-or-string": True,
        "anyOf": [{"type": "integer"}, {"type": "string"}],
    }
    assert properties["size"]["x-kubernetes-int-or-string"] is True
    assert "pattern" in properties["size"]


def test_metadata_of_a_template_is_what_a_template_may_have() -> None:
    schemas = {"Template": thing(metadata=ref(META)), META: thing(uid={"type": "string"})}
    metadata = structural("Template", schemas)["properties"]["metadata"]
    assert sorted(metadata["properties"]) == ["annotations", "finalizers", "labels", "name", "namespace"]


def test_only_what_is_free_form_stays_open() -> None:
    schemas = {
        "Open": thing(raw={"type": "object"}, labels={"type": "object", "additionalProperties": {"type": "string"}})
    }
    properties = structural("Open", schemas)["properties"]
    assert properties["raw"] == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert properties["labels"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert "x-kubernetes-preserve-unknown-fields" not in structural("Open", schemas)


def test_keys_of_a_list_keep_a_default_unless_they_are_required_anyway() -> None:
    port = thing(
        containerPort={"type": "integer", "default": 0},
        protocol={"type": "string", "default": "TCP"},
        hostIP={"type": "string", "default": "x"},
    )
    schemas = {
        "Pod": thing(
            ports={
                "type": "array",
                "items": ref("Port"),
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
            }
        ),
        "Port": {**port, "required": ["containerPort"]},
    }
    items = structural("Pod", schemas)["properties"]["ports"]["items"]
    assert items["properties"] == {
        "containerPort": {"type": "integer"},
        "hostIP": {"type": "string"},
        "protocol": {"type": "string", "default": "TCP"},
    }


def test_recursion_and_unknown_forms_are_refused_with_their_place() -> None:
    with pytest.raises(UnsupportedSchemaError, match="child"):
        structural("Node", {"Node": thing(child=ref("Node"))})
    with pytest.raises(UnsupportedSchemaError, match=r"Either\.value: oneOf"):
        structural("Either", {"Either": thing(value={"oneOf": [{"type": "string"}, {"type": "integer"}]})})
    with pytest.raises(UnsupportedSchemaError, match=r"Loose\.value: it has no type"):
        structural("Loose", {"Loose": thing(value={})})


def test_each_kind_of_arc_has_a_status_of_its_own_and_no_open_field_in_its_specification() -> None:
    template = thing(metadata=thing(), spec=thing())
    kinds = {}
    for definition in arc.definitions(template):
        version = definition["spec"]["versions"][0]
        assert version["subresources"] == {"status": {}}
        assert definition["metadata"]["name"] == f"{definition['spec']['names']['plural']}.actions.github.com"
        kinds[definition["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert sorted(kinds) == ["AutoscalingListener", "AutoscalingRunnerSet", "EphemeralRunner", "EphemeralRunnerSet"]
    assert kinds["AutoscalingRunnerSet"]["properties"]["template"] == template
    assert {"metadata", "spec", "githubConfigUrl"} <= kinds["EphemeralRunner"]["properties"].keys()
    assert "preserve-unknown" not in repr(kinds)
