"""What holds for every kind of resource: names, regions, tags, identities; and the shape of a refusal.

Sources: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules and tag-resources;
regions by `az account list-locations`, public cloud; read 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from rules.words import given, listed, nearest
from sandbox.azure.errors import Refusal
from sandbox.azure.values import UNKNOWN, Object, list_at, number_at, object_at, text_at, value_at

GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_REGIONS: Final = """
australiacentral australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth canadacentral canadaeast
centralindia centralus chilecentral eastasia eastus eastus2 francecentral germanywestcentral global indonesiacentral
israelcentral italynorth japaneast japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth
northcentralus northeurope norwayeast polandcentral qatarcentral southafricanorth southcentralus southeastasia
southindia spaincentral swedencentral switzerlandnorth uaenorth uksouth ukwest westcentralus westeurope westindia
westus westus2 westus3
"""
REGIONS: Final = frozenset(_REGIONS.split())

_TAG_FORBIDDEN: Final = re.compile(r"[<>%&\\?/]")
_RESERVED_TAGS: Final = ("microsoft", "azure", "windows")


def refused(path: str, value: object, allowed: str, fix: str, code: str = "InvalidParameter") -> Refusal:
    """A refusal that tells the value, what is allowed and what to do. Never called with a secret."""
    return Refusal(path, f"is {given(value)}; allowed: {allowed}. Fix: {fix}.", code)


def name(inputs: Object, path: str, pattern: str, words: str, code: str = "InvalidParameter") -> Iterator[Refusal]:
    """A name that does not match its pattern."""
    value = text_at(inputs, path)
    if value is not None and re.fullmatch(pattern, value) is None:
        yield refused(path, value, words, "rename it", code)


def between(inputs: Object, path: str, low: int, high: int, of: str, shown: str | None = None) -> Iterator[Refusal]:
    """A number outside of its range."""
    value = number_at(inputs, path)
    if value is not None and not low <= value <= high:
        yield refused(shown or path, value, f"{low} to {high} ({of})", "choose a number in that range")


def one_of(inputs: Object, path: str, allowed: Sequence[str], shown: str | None = None) -> Iterator[Refusal]:
    """A text that is none of those allowed."""
    value = text_at(inputs, path)
    if value is not None and value not in allowed:
        near = nearest(value, allowed)
        fix = f"write {near}" if near else "choose one of them"
        yield refused(shown or path, value, listed(allowed), fix)


def required(inputs: Object, paths: Iterable[str], fix: str = "give it", prefix: str = "") -> Iterator[Refusal]:
    """A property that Azure asks for and that certainly is not there."""
    for path in paths:
        if value_at(inputs, path) in (None, "", []):
            yield refused(f"{prefix}{path}", None, "a value: it is required", fix)


def guid(inputs: Object, path: str) -> Iterator[Refusal]:
    """A text that is no GUID."""
    value = text_at(inputs, path)
    if value is not None and GUID.fullmatch(value) is None:
        yield refused(path, value, "a GUID", "give the object's or tenant's id, not its name")


def items(inputs: Object, path: str) -> Iterator[tuple[str, Any]]:
    """The known items of a list, with the path of each."""
    for index, item in enumerate(list_at(inputs, path) or []):
        if item is not UNKNOWN:
            yield f"{path}[{index}]", item


def unique(pairs: Iterable[tuple[str, str | None]], what: str) -> Iterator[Refusal]:
    """A text that stands at two paths."""
    seen: dict[str, str] = {}
    for path, value in pairs:
        if value is None:
            continue
        if value.lower() in seen:
            yield refused(path, value, f"{what} that differ", f"rename it: {seen[value.lower()]} has the same")
        seen.setdefault(value.lower(), path)


def location(inputs: Object) -> Iterator[Refusal]:
    """A region that Azure does not have. Written with blanks and capitals it is the same."""
    value = text_at(inputs, "location")
    if value is None:
        return
    region = normal_region(value)
    if region not in REGIONS:
        near = nearest(region, REGIONS)
        yield refused(
            "location",
            value,
            "a region of Azure's public cloud, such as westeurope",
            f"write {near}" if near else "see `az account list-locations`",
            "LocationNotAvailableForResourceType",
        )


def normal_region(region: str) -> str:
    """A region as azure-native compares it."""
    return region.replace(" ", "").lower()


def tags(inputs: Object) -> Iterator[Refusal]:
    """At most 50 tags, keys to 512 and values to 256 characters, and no character of `<>%&\\?/` in a key."""
    found = object_at(inputs, "tags")
    if len(found) > 50:
        yield refused("tags", found, "at most 50 tags", "merge some", "InvalidTagCount")
    for key, value in sorted(found.items()):
        path = f"tags.{key}"
        if not 0 < len(key) <= 512 or _TAG_FORBIDDEN.search(key):
            allowed = "1 to 512 characters without < > % & \\ ? /"
            yield refused(path, key, allowed, "rename the tag", "InvalidTagNameCharacters")
        elif key.lower().startswith(_RESERVED_TAGS):
            yield refused(path, key, f"no prefix {listed(_RESERVED_TAGS)}", "rename the tag", "ReservedTagName")
        if isinstance(value, str) and len(value) > 256:
            yield refused(path, value, "at most 256 characters", "shorten the value", "InvalidTagValueLength")


def resource_group(inputs: Object) -> Iterator[Refusal]:
    """1 to 90 letters, digits and `_-.()`, no period at the end."""
    yield from name(
        inputs,
        "resourceGroupName",
        r"[-\w.()]{0,89}[-\w()]",
        "1 to 90 letters, digits and characters of -_.(), not ending in a period",
        "InvalidResourceGroupName" if text_at(inputs, "resourceGroupName") else "InvalidParameter",
    )
    yield from required(inputs, ["location"], "name a region")


def managed_identity(inputs: Object, kinds: Sequence[str]) -> Iterator[Refusal]:
    """`identity` has a type that the resource takes, and user-assigned ones are named exactly where it says so."""
    yield from one_of(inputs, "identity.type", kinds)
    kind = text_at(inputs, "identity.type") or ""
    ids = value_at(inputs, "identity.userAssignedIdentities")
    if ids is not UNKNOWN and "UserAssigned" in kind and not ids:
        yield refused(
            "identity.userAssignedIdentities", None, "the id of an identity", "name it, or use SystemAssigned"
        )
    if kind == "SystemAssigned" and isinstance(ids, list | dict) and ids:
        yield refused("identity.userAssignedIdentities", ids, "nothing with SystemAssigned", "write UserAssigned")
