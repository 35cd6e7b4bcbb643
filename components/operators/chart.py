"""What both operators have in common: a namespace, and a release of a chart in it.

Owns where operators run, who may read their releases, how a failed installation ends, and how long it may take. A
release is atomic: what fails is taken back by Helm, and the next run starts from what was there before. Pulumi waits
until the pods are ready, so what is made after a release finds its definitions and its webhooks served.

The release is of `helm.v3.Release`, not `Chart`: only Helm itself runs a chart's hooks and knows what `crds/` means.
Helm makes definitions in a chart's folder `crds` once and never changes or deletes them; `rules.tables.charts` tells
for which chart that is so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import pulumi
from pulumi_kubernetes.core.v1 import Namespace

from components import contract
from components.kubernetes.confined_namespace import POD_SECURITY_VERSION
from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, name_once_made
from components.kubernetes.preview_access import Previewer, rights_of, secrets_access
from rules.tables.charts import Chart

if TYPE_CHECKING:
    from pulumi_kubernetes.helm.v3 import Release

Level = Literal["restricted", "baseline"]

NODE_SELECTOR: Final[Mapping[str, str]] = {contract.LABEL_OS: "linux"}
TOLERATIONS: Final = ({"key": "CriticalAddonsOnly", "operator": "Exists"},)
"""For the taint that AKS documents for system pools. Build pools keep operators off by taints of their own.
https://learn.microsoft.com/azure/aks/use-system-pools, read 2026-08-21"""

_MINUTES: Final = 10
"""For a new node, three images and leader election; Helm's own default of 5 is short for a first start."""


def operator_namespace(
    name: str,
    namespace: str,
    *,
    stack: str,
    level: Level,
    parent: pulumi.Resource,
    previewer: Previewer | None = None,
) -> pulumi.Output[str]:
    """The operator's own namespace. Pods above `level` are refused; what restricted would object to is audited.

    Returns its name, once a previewer may read what Helm keeps there.
    """
    modes = {"enforce": level, "audit": "restricted", "warn": level}
    security = {f"{contract.PSA_PREFIX}/{mode}": chosen for mode, chosen in modes.items()}
    versions = {f"{contract.PSA_PREFIX}/{mode}-version": POD_SECURITY_VERSION for mode in modes}
    made = Namespace(
        name,
        metadata=metadata(namespace, labels={**object_labels(stack=stack), **security, **versions}),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=rights_of(previewer)),
    )
    created = name_once_made(namespace, made)
    if previewer is None:
        return created
    access = secrets_access(parent, name, stack=stack, namespace=created, previewer=previewer, secret=None)
    in_place = [one.urn for one in access]
    return pulumi.Output.all(created, *in_place).apply(lambda names: str(names[0]))


def release(
    name: str,
    chart: Chart,
    *,
    release_name: str,
    version: str,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    parent: pulumi.Resource,
) -> Release:
    """The chart, installed. `release_name` is what the chart names its objects after."""
    # Here, because the module costs a tenth of a second that stacks without a chart need not pay.
    from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

    return Release(
        name,
        name=release_name,
        namespace=namespace,
        chart=chart.name,
        version=version,
        repository_opts=None if chart.repository is None else RepositoryOptsArgs(repo=chart.repository),
        values=dict(values),
        atomic=True,
        skip_await=False,
        timeout=_MINUTES * 60,
        max_history=5,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # Twice Helm's: an atomic upgrade that fails is rolled back, which is waited for again.
            custom_timeouts=pulumi.CustomTimeouts(create=f"{2 * _MINUTES}m", update=f"{2 * _MINUTES}m"),
        ),
    )


def container_resources(*, cpu: str, memory: str) -> dict[str, Any]:
    """Requests, and a limit of memory. Helm merges values, so a chart's own limit of CPU stays; we add none."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
