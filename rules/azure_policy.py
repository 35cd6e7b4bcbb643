"""What Azure's policies on pods must let through, computed from the images of a stack.

Owns the exemptions of each built-in definition of `rules.tables.azure_policy`, and what to tell an organization which
assigns such policies from above, that it exempts the same there: exemptions of ours do not reach assignments of theirs.

An image is exempt from a definition only for the need that the definition is about, by the very reference that pods
name: Azure compares whole references, and takes `*` at the end for "starts with". So a reference with `*` is refused.

Some pods have images that nobody knows before: those that a GitHub job names itself in mode
`cached-privileged-kubernetes`. For them the definition leaves out their whole namespace; there is no narrower way.

The definition on images works the other way round: in each namespace where something has such a need, and where all
images are known, only these may run. It closes the gap that an exemption opens: whoever may make pods there cannot use
the namespace's privileges with an image of his own.

Nothing of this project edits nodes, so the definition on that needs no exemption.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rules.tables.azure_policy import ALLOWED_IMAGES, DEFINITIONS, EXCLUDED_NAMESPACES, Need, PolicyDefinition

Mode = Literal["audit", "deny"]


@dataclass(frozen=True, kw_only=True)
class StackImage:
    """One container of a stack's pods, init containers among them.

    Host network, host paths and HostProcess belong to the pod: give them to each container of it.
    """

    namespace: str
    image: str | None
    """As the pod names it; `None`: a job names it."""
    needs: frozenset[Need] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """What one definition must let through."""

    images: tuple[str, ...]
    """Exact references, sorted."""
    namespaces: tuple[str, ...]
    """Beside `EXCLUDED_NAMESPACES`, sorted."""


def exemption(definition: PolicyDefinition, images: Sequence[StackImage]) -> Exemption:
    """What a definition on a need must let through. Raises on an image with `*`."""
    asking = [image for image in images if definition.need is not None and definition.need in image.needs]
    for image in asking:
        if image.image is not None and "*" in image.image:
            raise ValueError(
                f"image {image.image!r} in namespace {image.namespace}: exempting it would exempt all images that "
                "start like it; name it by registry, repository, and tag or digest"
            )
    open_namespaces = {image.namespace for image in asking if image.image is None}
    # An image is exempt everywhere, so one whose namespace is left out anyway is not named.
    known = {image.image for image in asking if image.image is not None and image.namespace not in open_namespaces}
    return Exemption(images=tuple(sorted(known)), namespaces=tuple(sorted(open_namespaces)))


def closed_namespaces(images: Sequence[StackImage]) -> tuple[str, ...]:
    """Namespaces with privileges of which all images are known, sorted."""
    privileged = {image.namespace for image in images if image.needs}
    return tuple(sorted(privileged - {image.namespace for image in images if image.image is None}))


def allowed_images_pattern(images: Sequence[StackImage]) -> str:
    """A regular expression, in the words of Go and Python alike, for exactly the images of the closed namespaces.

    Anchored, since Azure searches and does not match; `\\z` is not `$`, but a reference has no line ends.
    """
    closed = closed_namespaces(images)
    known = sorted({image.image for image in images if image.image is not None and image.namespace in closed})
    return f"^({'|'.join(re.escape(reference) for reference in known)})$"


def assigned(images: Sequence[StackImage]) -> tuple[PolicyDefinition, ...]:
    """The definitions that a stack with these images assigns: the one on images only where it has a namespace."""
    closed = bool(closed_namespaces(images))
    return tuple(definition for definition in DEFINITIONS if definition is not ALLOWED_IMAGES or closed)


def parameters(definition: PolicyDefinition, images: Sequence[StackImage], mode: Mode) -> dict[str, Any]:
    """The parameters of an assignment, by their names in the definition."""
    effect = {"audit": "Audit", "deny": "Deny"}[mode]
    if definition is ALLOWED_IMAGES:
        return {
            "effect": effect,
            "excludedNamespaces": list(EXCLUDED_NAMESPACES),
            "namespaces": list(closed_namespaces(images)),
            "allowedContainerImagesRegex": allowed_images_pattern(images),
        }
    exempt = exemption(definition, images)
    return {
        "effect": effect,
        "excludedNamespaces": sorted({*EXCLUDED_NAMESPACES, *exempt.namespaces}),
        "excludedImages": list(exempt.images),
    }


def exemptions(images: Sequence[StackImage]) -> list[dict[str, Any]]:
    """What assignments from above must exempt for this stack to run: for each definition its title, its id, and values
    to add to its parameters. Without definitions of which nothing is exempt."""
    found = ((definition, exemption(definition, images)) for definition in DEFINITIONS)
    return [
        {
            "title": definition.title,
            "policyDefinitionId": definition.resource_id,
            "excludedImages": list(exempt.images),
            "excludedNamespaces": list(exempt.namespaces),
        }
        for definition, exempt in found
        if exempt != Exemption(images=(), namespaces=())
    ]
