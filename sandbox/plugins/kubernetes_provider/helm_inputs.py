"""The inputs of a Helm release: which there are, of what shape, and what a simulation cannot do without.

Owns the refusals of `Check`. Helm itself would find most of these mistakes only with the chart in its hands, in the
middle of an update. What a chart makes of its values is not known here: they may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.plugins.codec import UNKNOWN, Object
from sandbox.plugins.kubernetes_provider.operations import Refusal

# pulumi_kubernetes/helm/v3/Release.py and _inputs.py, 4.34.2. `compat` is the SDK's own mark.
_KEYS: Final[dict[str, type]] = {
    **dict.fromkeys(("chart", "compat", "description", "keyring", "name", "namespace", "postrender", "version"), str),
    **dict.fromkeys(("manifest", "repositoryOpts", "resourceNames", "values"), dict),
    **dict.fromkeys(("maxHistory", "timeout"), int),
    "valueYamlFiles": list,
    **dict.fromkeys(
        (
            "allowNullValues",
            "atomic",
            "cleanupOnFail",
            "createNamespace",
            "dependencyUpdate",
            "devel",
            "disableCRDHooks",
            "disableOpenapiValidation",
            "disableWebhooks",
            "forceUpdate",
            "lint",
            "recreatePods",
            "renderSubchartNotes",
            "replace",
            "resetValues",
            "reuseValues",
            "skipAwait",
            "skipCrds",
            "takeOwnership",
            "verify",
            "waitForJobs",
        ),
        bool,
    ),
}
_REPOSITORY_KEYS: Final[dict[str, type]] = dict.fromkeys(
    ("caFile", "certFile", "keyFile", "password", "repo", "username"), str
)
_WORDS: Final = {bool: "true or false", dict: "a map", int: "a whole number", list: "a list", str: "a text"}

# helm.sh/helm/v3 pkg/chartutil/validate_name.go, v3.18: a DNS name, short enough for what charts append to it.
_LONGEST_NAME: Final = 53
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_VERSION: Final = re.compile(r"v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?")
_WITH_PLACE: Final = re.compile(r"(oci|https?)://[^\s/]+/\S+")
_REPOSITORY: Final = re.compile(r"(https?|oci)://[^\s/]+(/\S*)?")


def refusals(plain: Object) -> list[Refusal]:
    """What is wrong with a release's plain inputs; what is unknown is not judged."""
    shapes = [*_shapes(plain, _KEYS, ""), *_shapes(plain.get("repositoryOpts"), _REPOSITORY_KEYS, "repositoryOpts.")]
    return shapes or [*_chart(plain), *_version(plain.get("version")), *_names(plain)]


def _shapes(found: Any, keys: Mapping[str, type], prefix: str) -> Iterator[Refusal]:
    if not isinstance(found, dict):
        return
    for key in sorted(found):
        value = found[key]
        if key not in keys:
            yield Refusal(prefix + key, f"a Helm release has no such input; it has: {', '.join(sorted(keys))}.")
        elif value is not UNKNOWN and value is not None and type(value) is not keys[key]:
            yield Refusal(prefix + key, f"must be {_WORDS[keys[key]]}.")


def _chart(plain: Object) -> Iterator[Refusal]:
    chart, options = plain.get("chart"), plain.get("repositoryOpts") or {}
    repository = None if options is UNKNOWN else options.get("repo")
    if not chart:
        yield Refusal("chart", "a chart must be given: its name, an oci:// or https:// address, or a folder.")
    elif UNKNOWN in (chart, repository) or options is UNKNOWN:
        return
    elif repository:
        if not _REPOSITORY.fullmatch(repository):
            yield Refusal("repositoryOpts.repo", f"{repository!r} is no address of a repository: https://HOST/PATH.")
    elif not _WITH_PLACE.fullmatch(chart) and not Path(chart).exists():
        yield Refusal(
            "chart",
            f"{chart!r} is no address and no folder here. Give repositoryOpts.repo with the name of a chart, or the "
            "whole address: oci://HOST/PATH.",
        )


def _version(version: Any) -> Iterator[Refusal]:
    if version is not UNKNOWN and not (version and _VERSION.fullmatch(version)):
        yield Refusal(
            "version",
            f"{version!r}: one version must be given, as 1.2.3. Which is the newest, or fits a range, only a "
            "repository can tell, and it may tell something else tomorrow.",
        )


def _names(plain: Object) -> Iterator[Refusal]:
    name, namespace = plain.get("name"), plain.get("namespace")
    if isinstance(name, str) and name and not (len(name) <= _LONGEST_NAME and _NAME.fullmatch(name)):
        yield Refusal(
            "name", f"{name!r}: Helm takes 1 to {_LONGEST_NAME} lower-case letters, digits, hyphens and dots."
        )
    if isinstance(namespace, str) and namespace and not _NAMESPACE.fullmatch(namespace):
        yield Refusal("namespace", f"{namespace!r}: a namespace has 1 to 63 lower-case letters, digits and hyphens.")
