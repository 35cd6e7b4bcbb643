"""Resources of ARM that a program writes in other forms than its own type: generic resources and templates.

Owns how ARM tells the type of a resource, and where a template has its resources: in a list, in a map by symbolic
names, inside of each other, in nested deployments, and as a text. What Azure computes is unknown, and stays so:
`hidden` tells it from what the program will know. Azure does not tell capitals apart in names of properties, so neither
does this.

Refuses to raise `NotKnown`: only what is found may, when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from rules.paths import at, split
from rules.policies.arm_expressions import DEPLOYMENT, Names, any_case, is_name, parsed
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


class ArmResource(NamedTuple):
    """A resource of ARM."""

    type: str
    """In lower case, `OPAQUE` where it is not known yet."""
    body: Node
    """With what stands beside `properties` in it."""
    typed: bool
    """Whether it is a resource of Pulumi's, whose options are its own."""
    loops: tuple[Node, ...] = ()
    """The counts of the `copy` loops that it stands in: Azure makes as many of it as their product."""


def arm_resources(resource: Resource) -> Iterator[ArmResource]:
    """Resources of ARM in a generic resource or a template."""
    root = resource.root
    if resource.kind == "azure-native:resources:Resource":
        root = Node(any_case(resource.inputs))
        namespace, path, kind = (
            root.get(key).value for key in ("resourceProviderNamespace", "parentResourcePath", "resourceType")
        )
        if namespace is UNKNOWN or kind is UNKNOWN:
            where = "resourceType" if kind is UNKNOWN else "resourceProviderNamespace"
            yield ArmResource(OPAQUE, Node(UNKNOWN, where), True)
        elif isinstance(namespace, str) and isinstance(kind, str):
            if path is UNKNOWN:
                yield ArmResource(f"{namespace}/{ANY_PARENT}/{kind}".lower(), root, True)
            else:
                yield ArmResource(_generic_type(namespace, path if isinstance(path, str) else "", kind), root, True)
    elif resource.kind in _DEPLOYMENTS or resource.kind in _STACKS:
        place = _deployment(resource)
        template = place.get("template")
        text = parsed(template.value)
        read = Names(text, place.value).read(text)
        yield from _deployed(place, Node(read, template.path), ())


def may_be(arm: str, wanted: str) -> bool:
    """Whether a type of ARM is another, as far as it is known."""
    namespace, any_parent, kind = arm.partition(f"/{ANY_PARENT}/")
    if any_parent:
        # The parent's path is not known yet, as its name is not: the ends of the type tell enough.
        return wanted.startswith(f"{namespace}/") and wanted.endswith(f"/{kind}")
    return arm in (OPAQUE, wanted)


def hidden(resource: Resource, path: str) -> str | None:
    """Where an expression or a link of a template hides for ever what stands at a path of it; `None`: it is no
    template, or hidden is only what the program does not know yet."""
    if resource.kind not in _DEPLOYMENTS and resource.kind not in _STACKS:
        return None
    value: object = resource.inputs
    for index, key in enumerate(keys := split(path)):
        above = value
        if isinstance(value, str):
            value = parsed(value)
        if isinstance(value, Mapping):
            value = _value(value, str(key))
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key] if key < len(value) else None
        else:
            return _forever(resource, above, at("", *keys[:index]))
        if key == "templateLink":
            return at("", *keys[: index + 1])
    return _forever(resource, value, path)


def _forever(resource: Resource, value: object, path: str) -> str | None:
    """The path, unless the program has yet to say what stands there, or the parameter that does."""
    if not isinstance(value, str) or not is_name(value):
        return None if value is UNKNOWN else path
    place = resource.inputs if resource.kind in _STACKS else _value(resource.inputs, "properties")
    return None if isinstance(place, Mapping) and _has_unknown(_value(place, "parameters")) else path


def _value(of: Mapping[str, object], key: str) -> object:
    """What stands under a name, in any capitals: as `AnyCase` has it, without a copy of all that is there."""
    return of[key] if key in of else next((of[one] for one in of if one.casefold() == key.casefold()), None)


def _has_unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _deployment(resource: Resource) -> Node:
    """The node with `template`, `templateLink` and `parameters`."""
    place = resource.root if resource.kind in _STACKS else resource.root.get("properties")
    return Node(any_case(place.value), place.path)


def _deployed(place: Node, template: Node, loops: tuple[Node, ...]) -> Iterator[ArmResource]:
    """What a template makes that stands at `place`. One that is only linked is as good as unknown."""
    link = place.get("templateLink")
    if not place.is_known or not template.is_known:
        yield ArmResource(OPAQUE, Node(UNKNOWN, template.path), False, loops)
    elif template.is_given:
        yield from _in_template(template.get("resources"), "", loops)
    elif link.is_given:
        yield ArmResource(OPAQUE, Node(UNKNOWN, link.path), False, loops)


def _in_template(resources: Node, above: str, loops: tuple[Node, ...]) -> Iterator[ArmResource]:
    """The resources of a list, or of a map by symbolic names, and those inside; `above` is the type they are in."""
    if not resources.is_known:
        yield ArmResource(OPAQUE, resources, False, loops)
        return
    for node in [entry for _, entry in resources.entries()] or resources.items():
        kind = node.get("type")
        loop = node.get("copy")
        within = (*loops, loop.get("count")) if loop.is_given else loops
        if not kind.is_known:
            yield ArmResource(OPAQUE, node if not node.is_known else kind, False, within)
        if not isinstance(kind.value, str):
            continue
        # Inside of another resource a type without a provider goes on from that one's.
        relative = above and "." not in kind.value.partition("/")[0]
        arm = (f"{above}/{kind.value}" if relative else kind.value).lower()
        yield ArmResource(arm, node, False, within)
        if arm == DEPLOYMENT:
            nested = node.get("properties")
            template = nested.get("template")
            yield from _deployed(nested, Node(_inside(template.value), template.path), within)
        yield from _in_template(node.get("resources"), arm, within)


def _inside(template: object) -> object:
    """The template of a nested deployment, which was read with the one around it; a text was not."""
    return Names(text := parsed(template), {}).read(text) if isinstance(template, str) else template


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
