"""Fewer aliases for resources of Azure: the SDK's own are most of what a program computes.

The SDK gives each resource an alias for every API version in which its type has a token of its own
(`azure-native:containerservice/v20240101:ManagedCluster`), so that a state written with such a token finds its
resource. There are up to sixty for a type, each becomes a URN of its own, and those of parents multiply them. This
project makes resources by the tokens without a version alone (a test holds it to that), so no state of its own has any
other: 1,900 URNs of 92 resources, and with them four fifths of the time that the program of an AKS stack takes.

Keeps aliases without a version: they are for types that the SDK has moved, which a state can have.
"""

from __future__ import annotations

import re
from typing import Final

import pulumi

_VERSIONED: Final = re.compile(r"azure-native:[^:]+/v[0-9a-z]+:.+")


def without_versions(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """For `ResourceOptions.transformations` of components of Azure: their children inherit it."""
    if not args.type_.startswith("azure-native:") or not args.opts.aliases:
        return None
    args.opts.aliases = [alias for alias in args.opts.aliases if not _versioned(alias)]
    return pulumi.ResourceTransformationResult(args.props, args.opts)


def _versioned(alias: object) -> bool:
    return (
        isinstance(alias, pulumi.Alias)
        and isinstance(alias.type_, str)
        and _VERSIONED.fullmatch(alias.type_) is not None
    )
