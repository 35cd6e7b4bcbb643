"""Azure's built-in policies on what pods may do: ids, versions and parameters.

Source: Azure/azure-policy, built-in-policies/policyDefinitions/Kubernetes. Names, ids and parameters read 2026-11-22 in
the stored versions of that repository; the versions are the newest seen there or in a reading of 2026-04-29. Only the
first number of a version is used: Azure promises that parameters do not change within it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Need = Literal["host-process", "host-network", "host-path", "privileged", "container-administrator"]
"""What a container, or the pod it is in, asks of its node beyond the ordinary."""

NEEDS: Final[tuple[Need, ...]] = ("container-administrator", "host-network", "host-path", "host-process", "privileged")


@dataclass(frozen=True, kw_only=True)
class PolicyDefinition:
    """One built-in definition."""

    key: str
    """Our word for it: part of the names of assignments."""
    id: str
    """GUID of the definition, the same in every tenant."""
    version: str
    title: str
    """As Azure shows it."""
    need: Need | None
    """What it forbids; `None` for the one on images."""

    @property
    def resource_id(self) -> str:
        """ARM id."""
        return f"/providers/Microsoft.Authorization/policyDefinitions/{self.id}"

    @property
    def version_range(self) -> str:
        """The versions that an assignment takes by itself: all of the same first number."""
        return f"{self.version.split('.')[0]}.*.*"


ALLOWED_IMAGES: Final = PolicyDefinition(
    key="allowed-images",
    id="febd0533-8e55-448f-b837-bd0e06f16469",
    version="9.2.0",
    title="Kubernetes cluster containers should only use allowed images",
    need=None,
)

DEFINITIONS: Final = (
    ALLOWED_IMAGES,
    PolicyDefinition(
        key="container-administrator",
        id="5485eac0-7e8f-4964-998b-a44f4f0c1e75",
        version="1.2.0",
        title="Kubernetes cluster Windows containers should not run as ContainerAdministrator",
        need="container-administrator",
    ),
    PolicyDefinition(
        key="host-namespaces",
        id="47a1ee2f-2a2a-4576-bf2a-e0e36709c2b8",
        # Since 6.0.0 on the host's network, too; before, on its processes and messages.
        version="6.0.0",
        title="Kubernetes cluster containers should not share host namespaces",
        need="host-network",
    ),
    PolicyDefinition(
        key="host-network-ports",
        id="82985f06-dc18-4a48-bc1c-b9f4f0098cfe",
        version="7.0.0",
        title="Kubernetes cluster pods should only use approved host network and port list",
        need="host-network",
    ),
    PolicyDefinition(
        key="host-paths",
        id="098fc59e-46c7-4d99-9b16-64990e543d75",
        version="6.3.0",
        title="Kubernetes cluster pod hostPath volumes should only use allowed host paths",
        need="host-path",
    ),
    PolicyDefinition(
        key="host-process",
        id="077f0ce1-86d6-4058-bc60-de05067e8622",
        version="1.0.0",
        title="Kubernetes cluster Windows pods should not run HostProcess containers",
        need="host-process",
    ),
    PolicyDefinition(
        key="privileged",
        id="95edb821-ddaf-4404-9732-666045e056b4",
        version="9.1.0",
        title="Kubernetes cluster should not allow privileged containers",
        need="privileged",
    ),
)
"""What this project assigns where the policy add-on is on, sorted by key."""

EXCLUDED_NAMESPACES: Final = (
    "azure-arc",
    "azure-extensions-usage-system",
    "calico-system",
    "gatekeeper-system",
    "kube-system",
    "tigera-operator",
)
"""The definitions' own default, and the two of Calico: AKS runs it there, on the host's network and with the host's
paths, and a cluster that refuses Calico's pods has nodes without a network."""
