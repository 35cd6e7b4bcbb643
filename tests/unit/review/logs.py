"""Logs of events, small and made by hand, in the engine's form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from review.log import Log, read

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
POOL = "azure-native:containerservice:AgentPool"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
PROVIDER = "urn:pulumi:test::trial::pulumi:providers:kubernetes::cluster"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::trial::{kind}::{name}"


def state(kind: str, name: str, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    known = {"urn": urn(kind, name), "type": kind, "custom": not kind.startswith("buildfleet:"), "id": f"id-{name}"}
    return {**known, "parent": "", "inputs": dict(inputs), "outputs": {}, "provider": "", **more}


def step(
    op: str, kind: str, name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, **more: Any
) -> dict[str, Any]:
    """A planned step; `more` goes to both states, but for `detailedDiff`, `was` and `becomes`."""
    details, was, becomes = (more.pop(key, None) for key in ("detailedDiff", "was", "becomes"))
    return {
        "resourcePreEvent": {
            "metadata": {
                "op": op,
                "urn": urn(kind, name),
                "type": kind,
                "old": None if old is None else state(kind, name, old, **{**more, **(was or {})}),
                "new": None if new is None else state(kind, name, new, **{**more, **(becomes or {})}),
                "detailedDiff": details,
            },
            "planning": True,
        }
    }


def same(kind: str, name: str, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return step("same", kind, name, inputs, inputs, **more)


def end(result: str = "succeeded", packs: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"summaryEvent": {"isPreview": True, "resourceChanges": {}, "PolicyPacks": packs or {}, "result": result}}


def finding(rule: str, level: str, message: str, of: str = "", severity: str = "high") -> dict[str, Any]:
    told = {"policyName": rule, "policyPackName": "pack", "enforcementLevel": level, "severity": severity}
    return {"policyEvent": {**told, "resourceUrn": of, "message": f"<{{%fg 5%}}>{message}<{{%reset%}}>\n"}}


def log(folder: Path, *events: Mapping[str, Any]) -> Log:
    """These events as a file, read."""
    file = folder / "events.json"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return read(file)


def pool(name: str, size: str = "Standard_D8ds_v5", most: int = 4, **more: Any) -> dict[str, Any]:
    return {
        "agentPoolName": name,
        "vmSize": size,
        "enableAutoScaling": True,
        "minCount": 0,
        "maxCount": most,
        "nodeLabels": {"buildfleet.dev/pool": name},
        **more,
    }


def deployment(replicas: int = 1, image: str = "agent:1", grace: int = 3600, pool: str = "lin") -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "agents", "namespace": "azdo-agents"},
        "spec": {
            "replicas": replicas,
            "template": {
                "spec": {
                    "terminationGracePeriodSeconds": grace,
                    "nodeSelector": {"buildfleet.dev/pool": pool},
                    "containers": [{"name": "agent", "image": image}],
                }
            },
        },
    }
