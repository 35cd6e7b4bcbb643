"""Resources of ARM that a program writes in other forms than its own type: generic resources and templates.

Owns how ARM tells the type of a resource, and where a template has its resources: in a list, in a map by symbolic
names, inside of each other, in nested deployments, and as a text. What stands in a template as an expression,
`[parameters('size')]`, is unknown. Azure does not tell capitals apart in names of properties, so neither does this.

Refuses to raise `NotKnown`: only what is found may, when it is read. Refuses to evaluate expressions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rules.policies.node import UNKNOWN, Node
from rules.policies.resource import Resource

OPAQUE: Final = "unknown"
"""In place of a type of ARM: it cannot be known yet what is made there."""

ANY_PARENT: Final = "?"
"""In a type, for the parents that a path which is not known yet will name."""

_DEPLOYMENTS: Final = (
    "azure-native:resources:Deployment",
    "azure-native:resources:DeploymentAtManagementGroupScope",
    "azure-native:resources:DeploymentAtScope",
    "azure-native:resources:DeploymentAtSubscriptionScope",
    "azure-native:resources:DeploymentAtTenantScope",
)
_STACKS: Final = (
    "azure-native:resources:DeploymentStackAtManagementGroup",
    "azure-native:resources:DeploymentStackAtResourceGroup",
    "azure-native:resources:DeploymentStackAtSubscription",
)
"""Resources with a template: the second have it beside everything else."""


class AnyCase(dict[str, object]):
    """A map of ARM, in which `osType` finds `ostype`."""

    def get(self, key: str, default: object = None) -> object:
        """What stands under the name, else under one that differs in capitals alone."""
        if key in self:
            return self[key]
        folded = key.casefold()
        return next((value for other, value in self.items() if other.casefold() == folded), default)


def arm_resources(resource: Resource) -> Iterator[tuple[str, Node, bool]]:
    """Resources of ARM in a generic resource or a template.

    Of each its type in lower case, `OPAQUE` where that is not known yet; its body, with what stands beside `properties`
    in it; and whether it is a resource of Pulumi's, whose options are its own.
    """
    root = resource.root
    if resource.kind == "azure-native:resources:Resource":
        root = Node(_read(resource.inputs))
        namespace, path, kind = (
            root.get(key).value for key in ("resourceProviderNamespace", "parentResourcePath", "resourceType")
        )
        if namespace is UNKNOWN or kind is UNKNOWN:
            yield OPAQUE, Node(UNKNOWN, "resourceType" if kind is UNKNOWN else "resourceProviderNamespace"), True
        elif isinstance(namespace, str) and isinstance(kind, str):
            if path is UNKNOWN:
                yield f"{namespace}/{ANY_PARENT}/{kind}".lower(), root, True
            else:
                yield _generic_type(namespace, path if isinstance(path, str) else "", kind), root, True
    elif resource.kind in _DEPLOYMENTS or resource.kind in _STACKS:
        place = root if resource.kind in _STACKS else root.get("properties")
        yield from _deployed(Node(_read(place.value, _expression), place.path))


def _deployed(place: Node) -> Iterator[tuple[str, Node, bool]]:
    """What the template that stands at `place` makes. One that is only linked is as good as unknown."""
    template, link = _parsed(place.get("template")), place.get("templateLink")
    if not place.is_known or not template.is_known:
        yield OPAQUE, Node(UNKNOWN, template.path), False
    elif template.is_given:
        yield from _in_template(template.get("resources"), "")
    elif link.is_given:
        yield OPAQUE, Node(UNKNOWN, link.path), False


def _parsed(template: Node) -> Node:
    """A template that is a text, read; one that cannot be read is not known."""
    if not isinstance(template.value, str):
        return template
    try:
        document = json.loads(template.value)
    except (ValueError, RecursionError):
        document = None
    return Node(_read(document, _expression) if isinstance(document, dict) else UNKNOWN, template.path)


def _in_template(resources: Node, above: str) -> Iterator[tuple[str, Node, bool]]:
    """The resources of a list, or of a map by symbolic names, and those inside; `above` is the type they are in."""
    if not resources.is_known:
        yield OPAQUE, resources, False
        return
    for node in [entry for _, entry in resources.entries()] or resources.items():
        kind = node.get("type")
        if not kind.is_known:
            yield OPAQUE, node if not node.is_known else kind, False
        if not isinstance(kind.value, str):
            continue
        # Inside of another resource a type without a provider goes on from that one's.
        relative = above and "." not in kind.value.partition("/")[0]
        arm = (f"{above}/{kind.value}" if relative else kind.value).lower()
        yield arm, node, False
        if arm == "microsoft.resources/deployments":
            yield from _deployed(node.get("properties"))
        yield from _in_template(node.get("resources"), arm)


def _generic_type(namespace: str, parent: str, kind: str) -> str:
    """`Microsoft.HybridContainerService/provisionedClusterInstances/agentPools` of a generic resource.

    Its parent path tells the types between in every second segment, and of an extension resource the last provider's
    are the ones that count.
    """
    _, marker, after = parent.rpartition("/providers/")
    if marker:
        namespace, parent = after.partition("/")[0], after.partition("/")[2]
    types = [segment for index, segment in enumerate(part for part in parent.split("/") if part) if index % 2 == 0]
    return "/".join([namespace, *types, kind]).lower()


def _read(value: object, text: Callable[[str], object] = str) -> object:
    """A value with every map of it an `AnyCase`, and every text as `text` reads it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return AnyCase({key: _read(item, text) for key, item in value.items()})
    return [_read(item, text) for item in value] if isinstance(value, list) else value


def _expression(text: str) -> object:
    """A text of a template, `UNKNOWN` where Azure computes it. `[[` begins a text that begins with a bracket."""
    if not text.startswith("["):
        return text
    return UNKNOWN if text.endswith("]") and not text.startswith("[[") else text.replace("[[", "[", 1)
