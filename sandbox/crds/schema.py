"""From a schema that an API server publishes (OpenAPI v3) to one that a CustomResourceDefinition may hold.

The second, a structural schema, has no references, states a type everywhere, and knows fewer keywords. See
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema

Descriptions are dropped for size. Defaults are dropped because they would be stored: only those of fields that are
keys of a list remain, which Kubernetes requires to be there. Recursive schemas are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

_PREFIX: Final = "#/components/schemas/"

_QUANTITY: Final = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

# As controller-gen writes it, https://github.com/kubernetes-sigs/controller-tools/blob/main/pkg/crd/known_types.go
QUANTITY_PATTERN: Final = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)

_INT_OR_STRING: Final[Schema] = {
    "x-kubernetes-int-or-string": True,
    "anyOf": [{"type": "integer"}, {"type": "string"}],
}

# Of the metadata of an embedded template, ARC's definitions know these.
_EMBEDDED_META: Final[Schema] = {
    "type": "object",
    "properties": {
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "finalizers": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "name": {"type": "string"},
        "namespace": {"type": "string"},
    },
}

_COPIED: Final = (
    "enum",
    "format",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minItems",
    "minLength",
    "nullable",
    "pattern",
    "required",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)


class UnsupportedSchemaError(ValueError):
    """A schema for which there is no structural one. The message names the place in it."""


def structural(name: str, schemas: Mapping[str, Schema]) -> Schema:
    """The structural schema of the component `name` of an OpenAPI v3 document's `components.schemas`.

    Raises `UnsupportedSchemaError` for recursion and for forms that the Kubernetes API does not use, `KeyError` for
    an unknown name.
    """
    return _Conversion(schemas).component(name, (name,))


class _Conversion:
    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def component(self, name: str, trail: tuple[str, ...]) -> Schema:
        """Convert a named component. `trail` holds the names and fields that led here."""
        if name == _QUANTITY:
            return {**_INT_OR_STRING, "pattern": QUANTITY_PATTERN}
        if name == _OBJECT_META:
            return dict(_EMBEDDED_META)
        if trail.count(name) > 1:
            raise UnsupportedSchemaError(f"{'.'.join(trail)}: {name} contains itself")
        return self.convert(self._schemas[name], trail)

    def convert(self, schema: Schema, trail: tuple[str, ...]) -> Schema:
        reference = _reference(schema)
        if reference is not None:
            return self.component(reference, (*trail, reference))
        if schema.get("format") == "int-or-string":
            return dict(_INT_OR_STRING)
        for keyword in ("allOf", "anyOf", "not", "oneOf"):
            if keyword in schema:
                raise UnsupportedSchemaError(f"{'.'.join(trail)}: {keyword} is only known with one reference in it")
        kept: Schema = {key: schema[key] for key in _COPIED if key in schema}
        if "items" in schema:
            kept["items"] = self.convert(schema["items"], trail)
            _default_keys(kept, schema, self._resolve(schema["items"]))
        if "properties" in schema:
            kept["properties"] = {
                field: self.convert(value, (*trail, field)) for field, value in sorted(schema["properties"].items())
            }
        elif "additionalProperties" in schema:
            kept["additionalProperties"] = self.convert(schema["additionalProperties"], trail)
        elif kept.get("type") == "object":
            kept["x-kubernetes-preserve-unknown-fields"] = True
        if "type" not in kept:
            raise UnsupportedSchemaError(f"{'.'.join(trail)}: it has no type")
        return kept

    def _resolve(self, schema: Schema) -> Schema:
        reference = _reference(schema)
        return schema if reference is None else self._schemas[reference]


def _reference(schema: Schema) -> str | None:
    """The component that a schema stands for: by `$ref`, or by the one `allOf` that gives a reference siblings."""
    alternatives = schema.get("allOf", [])
    target = schema.get("$ref") or (alternatives[0].get("$ref") if len(alternatives) == 1 else None)
    return None if target is None else str(target).removeprefix(_PREFIX)


def _default_keys(kept: Schema, schema: Schema, item: Schema) -> None:
    """Give each key of a list its default, where it is not required."""
    for key in schema.get("x-kubernetes-list-map-keys", []):
        default = item.get("properties", {}).get(key, {}).get("default")
        if default is not None and key not in item.get("required", []):
            kept["items"]["properties"][key]["default"] = default
