"""Put the resource definitions into a cluster."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import yaml

from sandbox.control_plane import Api, Binaries, ControlPlaneError
from sandbox.crds import arc, schema
from sandbox.crds.schema import structural

COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POD_TEMPLATE = "io.k8s.api.core.v1.PodTemplateSpec"
SOURCES_LABEL = "buildfleet.dev/definition-sources"
"""On each definition: the digest of what they were made from, and how many there are."""
ESTABLISHED_SECONDS = 60.0
POLL_SECONDS = 0.05


def install(kubeconfig: Path, binaries: Binaries) -> None:
    """Apply KEDA's definitions (if its module is known) and ARC's, and wait until they are served.

    Applied server-side: the documents are larger than the annotation in which client-side apply keeps them.
    Repeating it changes nothing, and costs a request where the cluster has them all from the same sources. Raises
    `ApiError`, and `ControlPlaneError` when a definition is not established within a minute.
    """
    with Api(kubeconfig) as api:
        sources = _sources(api, binaries)
        if _complete(api, sources):
            return
        keda = [] if binaries.keda_module is None else keda_definitions(binaries.keda_module)
        definitions = [*keda, *arc.definitions(pod_template(api))]
        for definition in definitions:
            labels = definition["metadata"].setdefault("labels", {})
            labels[SOURCES_LABEL] = f"{sources}.{len(definitions)}"
            api.apply(f"{COLLECTION}/{definition['metadata']['name']}", definition)
        _await_established(api, {str(definition["metadata"]["name"]) for definition in definitions})


def _sources(api: Api, binaries: Binaries) -> str:
    """A digest of all that the definitions are made from."""
    made_by = [Path(arc.__file__).read_bytes(), Path(schema.__file__).read_bytes()]
    parts = [str(binaries.keda_module).encode(), api.get("/version")["gitVersion"].encode(), *made_by]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _complete(api: Api, sources: str) -> bool:
    """Whether as many definitions from these sources are there as were made of them."""
    items = api.get(COLLECTION, labelSelector=SOURCES_LABEL)["items"]
    return bool(items) and all(item["metadata"]["labels"][SOURCES_LABEL] == f"{sources}.{len(items)}" for item in items)


def keda_definitions(module: Path) -> list[dict[str, Any]]:
    """The definitions that KEDA's module holds, sorted by file name."""
    files = sorted((module / "config" / "crd" / "bases").glob("*.yaml"))
    if not files:
        raise ControlPlaneError(
            f"No resource definitions in {module / 'config' / 'crd' / 'bases'}. keda_module has to be the unpacked "
            "module github.com/kedacore/keda/v2."
        )
    # With libyaml: the pure parser takes seconds for the pod templates in them.
    return [yaml.load(file.read_text(), Loader=yaml.CSafeLoader) for file in files]


def pod_template(api: Api) -> dict[str, Any]:
    """The structural schema of a pod template, as this API server's version knows it."""
    document = api.get("/openapi/v3/api/v1")
    return structural(POD_TEMPLATE, document["components"]["schemas"])


def _await_established(api: Api, names: set[str]) -> None:
    deadline = time.monotonic() + ESTABLISHED_SECONDS
    while pending := names - _established(api):
        if time.monotonic() > deadline:
            raise ControlPlaneError(
                f"Not established after {ESTABLISHED_SECONDS:.0f} seconds: {', '.join(sorted(pending))}. "
                "`kubectl describe crd NAME` tells why."
            )
        time.sleep(POLL_SECONDS)


def _established(api: Api) -> set[str]:
    return {
        str(item["metadata"]["name"])
        for item in api.get(COLLECTION)["items"]
        for condition in item.get("status", {}).get("conditions") or []  # null at first
        if condition["type"] == "Established" and condition["status"] == "True"
    }
