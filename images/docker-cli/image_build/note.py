"""The digest, written on our own Job as an annotation: from there the stack reads it as an output.

A Job's status has no place for what its pod found out, and Kubernetes gives pods of Jobs random names; so the pod tells
its Job. It may patch that one Job and nothing else. Failing to is no failure of the build, whose image is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from image_build.ports import Away, World
from image_build.request import Job

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def note(world: World, job: Job, digest: str, *, environment: Mapping[str, str], account: Path = ACCOUNT) -> str | None:
    """Write the annotation; returns why that did not succeed, else `None`."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return "KUBERNETES_SERVICE_HOST is not set"
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        token = (account / "token").read_text(encoding="utf-8").strip()
        namespace = (account / "namespace").read_text(encoding="utf-8").strip()
        answer = world.request(
            "PATCH",
            f"https://{server}/apis/batch/v1/namespaces/{namespace}/jobs/{job.name}"
            "?fieldManager=buildfleet-image-build",
            body=json.dumps({"metadata": {"annotations": {job.annotation: digest}}}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"},
            authority=account / "ca.crt",
        )
    except (OSError, Away) as error:
        return str(error)
    return None if answer.status == 200 else f"the API server answered {answer.status}"
