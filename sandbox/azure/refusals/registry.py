"""Container registries and their cache rules.

Sources: Azure/azure-resource-manager-schemas containerRegistry 2023-01-01-preview; container-registry-skus (what only
Premium has); artifact-cache-overview (rules of 5 to 50 characters, upstreams); read 2026-08-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import name, one_of, refused, required
from sandbox.azure.values import Object, flag_at, list_at, text_at, value_at

UPSTREAMS: Final = (
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.k8s.io",
)
_REPOSITORY: Final = r"[a-z0-9]+([._/-]+[a-z0-9]+)*(/\*)?"


def registry(inputs: Object) -> Iterator[Refusal]:
    """Name, SKU, and what only Premium has."""
    yield from name(inputs, "registryName", r"[A-Za-z0-9]{5,50}", "5 to 50 letters and digits", "InvalidRegistryName")
    yield from one_of(inputs, "sku.name", ("Basic", "Standard", "Premium"))
    yield from required(inputs, ["sku.name"])
    sku = text_at(inputs, "sku.name")
    if sku is None or sku == "Premium":
        return
    premium = {
        "zoneRedundancy": text_at(inputs, "zoneRedundancy") == "Enabled",
        "publicNetworkAccess": text_at(inputs, "publicNetworkAccess") == "Disabled",
        "dataEndpointEnabled": flag_at(inputs, "dataEndpointEnabled") is True,
        "networkRuleSet": bool(list_at(inputs, "networkRuleSet.ipRules")),
        "encryption": text_at(inputs, "encryption.status") == "enabled",
        "policies.retentionPolicy": text_at(inputs, "policies.retentionPolicy.status") == "enabled",
        "policies.trustPolicy": text_at(inputs, "policies.trustPolicy.status") == "enabled",
    }
    for path, used in premium.items():
        if used:
            yield refused(
                path,
                value_at(inputs, path),
                f"only with sku Premium, and sku is {sku}",
                "write sku Premium, or leave it out",
                "SkuNotSupported",
            )


def cache_rule(inputs: Object) -> Iterator[Refusal]:
    """Name, a source that the cache knows, a target."""
    yield from name(inputs, "cacheRuleName", r"[A-Za-z0-9-]{5,50}", "5 to 50 letters, digits and hyphens")
    yield from required(inputs, ["sourceRepository", "targetRepository"])
    source, target = text_at(inputs, "sourceRepository"), text_at(inputs, "targetRepository")
    if source:
        server, _, repository = source.partition("/")
        if server not in UPSTREAMS or re.fullmatch(_REPOSITORY, repository) is None:
            allowed = f"a repository, in lower case, of {', '.join(UPSTREAMS)}"
            yield refused("sourceRepository", source, allowed, "write SERVER/REPOSITORY, without a tag")
    if target and re.fullmatch(_REPOSITORY, target) is None:
        yield refused("targetRepository", target, "a repository in lower case, without server and tag", "correct it")
    if source and target and source.endswith("*") != target.endswith("*"):
        yield refused("targetRepository", target, "a wildcard where, and only where, the source has one", "add /*")
