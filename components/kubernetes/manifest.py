"""The seam between plain Kubernetes dicts and Pulumi's typed resources.

Pod specs are written once, as the camelCase dicts of the Kubernetes API, because custom resources (a ScaledJob, a
runner set) embed the same specs as typed ones (a Deployment). Pulumi sends the keys of a plain dict unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi


def plain(part: Mapping[str, Any]) -> Any:
    """`part`, for an argument of a typed resource.

    The typed classes also accept their own snake_case dicts, and for a type checker only those; the API server checks
    what a type checker cannot.
    """
    return dict(part)


def metadata(
    name: str,
    *,
    labels: Mapping[str, str],
    namespace: pulumi.Input[str] | None = None,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> Any:
    """Metadata with an explicit name: ours are found by name, so none is left to Pulumi's random suffixes."""
    part: dict[str, Any] = {"name": name, "labels": dict(labels)}
    if namespace is not None:
        part["namespace"] = namespace
    if annotations:
        part["annotations"] = dict(annotations)
    return part


def name_once_made(name: str, resource: pulumi.Resource) -> pulumi.Output[str]:
    """A name that waits for the resource that has it.

    It is known in a preview, too: an output of the resource would not be where its cluster is still to be made, and
    policies could not judge what takes it.
    """
    return resource.urn.apply(lambda _: name)


def content_hash(data: Mapping[str, Any]) -> str:
    """A short, stable hash of plain data, for `contract.ANNOTATION_CONFIG_HASH`."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
