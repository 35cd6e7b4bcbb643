"""The record of a Helm release in the cluster.

Owns the Secret in which Helm keeps a revision of a release: its name, type and labels are Helm's, so that `kubectl`
finds it where it looks for one. Refuses Helm's content, which is the rendered chart: here it is the chart's name and
version, and a digest of the values, by which a change of theirs is seen and nothing of them is shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.client import Client
from sandbox.plugins.kubernetes_provider.errors import ProviderError
from sandbox.plugins.kubernetes_provider.keys import Name
from sandbox.plugins.kubernetes_provider.secrets import strip

# helm.sh/helm/v3 pkg/storage/driver/secrets.go and pkg/storage/storage.go, v3.18.
SECRET_TYPE: Final = "helm.sh/release.v1"
NAME_PREFIX: Final = "sh.helm.release.v1"
SIMULATED: Final = "buildfleet.dev/simulated"
"""Annotation: nothing of the chart is in the cluster."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One revision of a release."""

    namespace: str
    name: str
    revision: int
    chart: str
    version: str
    values: str
    """Digest of the values."""

    @property
    def secret(self) -> Object:
        """The Secret that holds it."""
        labels = {"owner": "helm", "name": self.name, "status": "deployed", "version": str(self.revision)}
        data = {"chart": self.chart, "values": self.values, "version": self.version}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": f"{NAME_PREFIX}.{self.name}.v{self.revision}",
                "namespace": self.namespace,
                "labels": labels,
                "annotations": {SIMULATED: "true"},
            },
            "type": SECRET_TYPE,
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
        }


def digest(values: Any) -> str:
    """Of a release's values, marked or not; the same for the same values, and for none and an empty map."""
    text = json.dumps(strip(values) or {}, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def read(client: Client, namespace: str, name: str) -> list[Record]:
    """All revisions that the cluster has of a release, the newest first."""
    kind = _secrets(client)
    found = client.items(kind, namespace, labelSelector=f"owner=helm,name={name}")
    records = [_record(namespace, name, item) for item in found if item.get("type") == SECRET_TYPE]
    return sorted(records, key=lambda record: -record.revision)


def write(client: Client, record: Record) -> None:
    """Keep a revision. Raises `ApiError` where the namespace is missing."""
    metadata = record.secret["metadata"]
    client.apply(_secrets(client), Name("v1", "Secret", record.namespace, metadata["name"]), record.secret)


def remove(client: Client, record: Record) -> None:
    """Forget a revision."""
    client.delete(_secrets(client), Name("v1", "Secret", record.namespace, record.secret["metadata"]["name"]))


def _secrets(client: Client) -> Any:
    kind = client.kind("v1", "Secret")
    if kind is None:
        raise ProviderError("the API server knows no Secrets, in which Helm keeps its releases.")
    return kind


def _record(namespace: str, name: str, item: Object) -> Record:
    data = {key: base64.b64decode(text).decode(errors="replace") for key, text in (item.get("data") or {}).items()}
    return Record(
        namespace=namespace,
        name=name,
        revision=int(item["metadata"]["labels"].get("version", "1")),
        # One of Helm's own has all of it in one field, which a release of ours never matches.
        chart=data.get("chart", ""),
        version=data.get("version", ""),
        values=data.get("values", ""),
    )
