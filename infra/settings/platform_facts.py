"""From the sections about the cluster to the plain facts that rules are about."""

from __future__ import annotations

from infra.settings.view import View, each
from rules.address_space import NetworkFacts
from rules.aks import AksFacts, GmsaFacts
from rules.azure_local import AzureLocalFacts
from rules.federation import FederationFacts
from rules.given import Absent
from rules.keda import Install, OperatorFacts
from rules.platform import PlatformFacts


def platform(view: View | None, environment: View | None) -> PlatformFacts:
    """What all kinds of clusters have."""
    production = environment.flag("production") if environment else None
    if view is None:
        return PlatformFacts(production=production)
    return PlatformFacts(
        kind=view.text("kind"),
        production=production,
        kubernetes_version=view.text_or_absent("kubernetesVersion"),
        subscription=view.text("subscription"),
        resource_group=view.text_or_absent("resourceGroup"),
        existing_cluster=view.text_or_absent("existingCluster"),
    )


def aks(view: View | None) -> AksFacts:
    """What only AKS has."""
    if view is None or view.text("kind") != "aks":
        return AksFacts()
    server, upgrades, windows = _below(view, "apiServer"), _below(view, "upgrades"), _below(view, "windows")
    budget, deployment = _below(view, "budget"), _below(view, "deployment")
    return AksFacts(
        tier=view.text_or_absent("tier"),
        zones=view.texts("zones"),
        api_server=server.text("kind") if server else None,
        authorized_ranges=server.texts("authorizedRanges") if server else None,
        dns_zone=server.text("dnsZone") if server else None,
        location=view.text("location"),
        channel=upgrades.text("channel") if upgrades else None,
        node_images=upgrades.text("nodeImages") if upgrades else None,
        windows_admin=windows.text("adminUsername") if windows else None,
        gmsa=_gmsa(windows),
        budget_contacts=budget.texts("contacts") if budget else None,
        deploy=_federations(deployment, "deploy"),
        preview=_federations(deployment, "preview"),
    )


def azure_local(view: View | None) -> AzureLocalFacts:
    """What only AKS on Azure Local has."""
    if view is None or view.text("kind") != "azure-local":
        return AzureLocalFacts()
    control_plane = _below(view, "controlPlane")
    return AzureLocalFacts(
        custom_location=view.text_or_absent("customLocation"),
        logical_network=view.text_or_absent("logicalNetwork"),
        ssh_public_key=view.text_or_absent("sshPublicKey"),
        admin_groups=view.texts("adminGroups"),
        control_plane_size=control_plane.text("vmSize") if control_plane else None,
        control_plane_address=control_plane.text_or_absent("address") if control_plane else None,
        windows_node_pools=view.flag("windowsNodePools"),
        written=view.given(),
    )


def network(view: View | None) -> NetworkFacts:
    """The section `network`."""
    if view is None:
        return NetworkFacts()
    return NetworkFacts(
        subnet=view.text_or_absent("subnet"),
        outbound=view.text_or_absent("outbound"),
        virtual_network=view.text("virtualNetwork"),
        pods=view.text("pods"),
        services=view.text("services"),
        engine=view.text("engine"),
        egress_addresses=view.number("egressAddresses"),
    )


def operators(keda: View | None, arc: View | None) -> OperatorFacts:
    """The sections `keda` and `arc`."""
    return OperatorFacts(
        keda_install=_install(keda),
        keda_version=keda.text("version") if keda else None,
        arc_install=arc.text_or_absent("install") if arc else None,
        written=keda.given() if keda else {},
    )


def _install(keda: View | None) -> Install | Absent | None:
    match keda.text_or_absent("install") if keda else None:
        case "add-on" | "chart" | "none" as install:
            return install
        case Absent() as absent:
            return absent
        case _:
            return None


def _gmsa(windows: View | None) -> GmsaFacts | None:
    gmsa = _below(windows, "gmsa")
    if gmsa is None:
        return None
    return GmsaFacts(
        path=gmsa.path, dns_server=gmsa.text_or_absent("dnsServer"), root_domain=gmsa.text_or_absent("rootDomain")
    )


def _federations(deployment: View | None, key: str) -> tuple[FederationFacts, ...]:
    found = deployment.children(key) if deployment else None
    return tuple(
        FederationFacts(path=view.path, issuer=view.text("issuer"), subject=view.text("subject"))
        for view in each(found)
    )


def _below(view: View | None, key: str) -> View | None:
    child = view.child(key) if view else None
    return child if isinstance(child, View) else None
