"""A Helm release, simulated: `kubernetes:helm.sh/v3:Release` without its chart.

Owns the life of a release: its inputs are checked, its record is in the cluster from revision to revision, and its
outputs are those of a release that was deployed. Refuses to fetch or render the chart: a rehearsal has no network, and
of what the chart would run there are no images. Custom resources that a chart would define are there if the sandbox
defines them. Each create and update says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sandbox.plugins.codec import UNKNOWN, Object
from sandbox.plugins.kubernetes_provider import helm_inputs, helm_record, keys
from sandbox.plugins.kubernetes_provider.client import Client
from sandbox.plugins.kubernetes_provider.connection import Settings
from sandbox.plugins.kubernetes_provider.diff import compare
from sandbox.plugins.kubernetes_provider.errors import ApiError, ProviderError
from sandbox.plugins.kubernetes_provider.helm_record import Record, digest
from sandbox.plugins.kubernetes_provider.keys import Name
from sandbox.plugins.kubernetes_provider.operations import Refusal, Result
from sandbox.plugins.kubernetes_provider.secrets import mark, redact, strip, texts
from sandbox.plugins.kubernetes_provider.waiting import Log
from sandbox.plugins.places import covers, parse_path
from sandbox.plugins.plan import Change, Plan

RELEASE: Final = "kubernetes:helm.sh/v3:Release"

_IDENTITY: Final = ("name", "namespace")
"""A release is found by these, so with others it is another one."""


class Releases:
    """The releases of one cluster; the methods are those of `Operations`."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self._settings = settings
        self._client = client

    def check(
        self, resource_type: str, urn_name: str, old: Object, new: Object, seed: bytes, *, proposed: str | None = ""
    ) -> tuple[Object, list[Refusal]]:
        """Marked `new` inputs with name and namespace, and what is wrong with them; as `Operations.check`."""
        plain = {key: value for key, value in strip(new).items() if value is not None}
        refusals = helm_inputs.refusals(plain)
        if not plain.get("name"):
            if proposed is None:
                refusals.append(Refusal("name", "a name must be given, because pulumi:autonaming is disabled."))
            plain["name"] = strip(old).get("name") or proposed or keys.autoname(urn_name, seed)
        plain["namespace"] = plain.get("namespace") or self._settings.namespace or "default"
        if refusals:
            return new, [replace(refusal, reason=redact(refusal.reason, texts(new))) for refusal in refusals]
        return mark(plain, new), []

    def diff(self, old_inputs: Object, new: Object, ignore: list[str]) -> Plan:
        """What the new inputs mean for the release."""
        before, after = strip(old_inputs), strip(new)
        ignored = [parse_path(text) for text in ignore]
        changes = tuple(
            Change(path=path, kind=kind, replaces=path[0] in _IDENTITY)
            for path, kind in compare(before, after)
            if not any(covers(pattern, path) for pattern in ignored)
        )
        return Plan(changes=changes, delete_first=all(before.get(key) == after.get(key) for key in _IDENTITY))

    def preview_create(self, inputs: Object) -> Object:
        """The inputs; the status is what an update decides."""
        return {**inputs, "resourceNames": {}, "status": UNKNOWN}

    def preview_update(self, inputs: Object, ignore: list[str]) -> Object:
        """As `preview_create`: the next revision is decided by the update."""
        return self.preview_create(inputs)

    def create(self, inputs: Object, seconds: float, log: Log) -> Result:
        """Record the first revision. Raises `ProviderError` if there is such a release, or no namespace."""
        record = _record(inputs, revision=1)
        if strip(inputs).get("createNamespace"):
            self._make_namespace(record)
        if helm_record.read(self._client, record.namespace, record.name):
            raise ProviderError(
                f"Release {record.namespace}/{record.name} was not created: the name is in use there. Uninstall the "
                "other release, or give another name or namespace."
            )
        return self._recorded(inputs, record, log)

    def update(self, inputs: Object, ignore: list[str], seconds: float, log: Log) -> Result:
        """Record the next revision; the ones before it are forgotten, as with `maxHistory: 1`."""
        record = _record(inputs, revision=1)
        former = helm_record.read(self._client, record.namespace, record.name)
        if former:
            record = replace(record, revision=former[0].revision + 1)
        result = self._recorded(inputs, record, log)
        for one in former:
            helm_record.remove(self._client, one)
        return result

    def read(self, resource_type: str, resource_id: str, state: Object, inputs: Object) -> Result | None:
        """The release as it is recorded; `None` if it is gone. Without `inputs` it is read for an import."""
        namespace, name = keys.parse_id(resource_id)
        records = helm_record.read(self._client, namespace or "default", name)
        if not records:
            return None
        record = records[0]
        found = {
            **inputs,
            "chart": record.chart,
            "name": record.name,
            "namespace": record.namespace,
            "version": record.version,
        }
        if digest(inputs.get("values")) != record.values:
            # What they are is not recorded: a value that no program states, so that the next update puts its own.
            found["values"] = {"changed outside of this stack": record.values}
        return Result(id=resource_id, state=_state(found, record), inputs=found)

    def delete(self, resource_id: str, state: Object, seconds: float, log: Log) -> None:
        """Uninstall: no revision is left. As Helm does it, the namespace stays."""
        namespace, name = keys.parse_id(resource_id)
        for record in helm_record.read(self._client, namespace or "default", name):
            helm_record.remove(self._client, record)

    def _recorded(self, inputs: Object, record: Record, log: Log) -> Result:
        try:
            helm_record.write(self._client, record)
        except ApiError as error:
            reason = redact(str(error), texts(inputs))
            fix = ' Make the namespace before it, or set "createNamespace".' if error.namespace_missing else ""
            raise ProviderError(f"Release {record.namespace}/{record.name} was not deployed: {reason}{fix}") from error
        log(
            f"simulated: nothing of the chart {record.chart} {record.version} runs here; the custom resources that it "
            "would define are the sandbox's own.",
            False,
        )
        return Result(id=f"{record.namespace}/{record.name}", state=_state(inputs, record), inputs=inputs)

    def _make_namespace(self, record: Record) -> None:
        kind = self._client.kind("v1", "Namespace")
        name = Name("v1", "Namespace", "", record.namespace)
        if kind is None or self._client.get(kind, name) is not None:
            return
        # helm.sh/helm/v3 pkg/action/install.go, v3.18: with this label.
        labels = {"name": record.namespace}
        metadata = {"name": record.namespace, "labels": labels}
        self._client.apply(kind, name, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def _record(inputs: Object, *, revision: int) -> Record:
    plain = strip(inputs)
    return Record(
        namespace=plain["namespace"],
        name=plain["name"],
        revision=revision,
        chart=plain["chart"],
        version=plain["version"],
        values=digest(plain.get("values")),
    )


def _state(inputs: Object, record: Record) -> Object:
    status = {
        "appVersion": record.version,  # the chart would say; most count the same
        "chart": record.chart,
        "name": record.name,
        "namespace": record.namespace,
        "revision": record.revision,
        "status": "deployed",
        "version": record.version,
    }
    return {**inputs, "resourceNames": {}, "status": status}
