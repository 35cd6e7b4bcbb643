"""AKS: who reaches the cluster, who upgrades it, and what else its own settings must not say.

Owns the section `platform` of kind `aks`. Node pools, addresses and quotas are in modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_network
from typing import Final

from rules import windows_admin
from rules.address_space import NetworkFacts, known_outbound
from rules.federation import FederationFacts, federations
from rules.given import ABSENT, Absent
from rules.kubernetes_support import version_there
from rules.network import cidr
from rules.paths import at
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.pool_fields import zones_differ
from rules.problem import Problem
from rules.tables.azure import AUTHORIZED_RANGES
from rules.words import NOTHING, given, listed

_MAIL: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_OF_WINDOWS: Final = ("NodeImage", "None")
"""Channels of node images that Windows pools know. MicrosoftDocs/azure-aks-docs, auto-upgrade-node-os-image, read
2026-08-21."""


@dataclass(frozen=True, kw_only=True)
class GmsaFacts:
    """Group managed service accounts."""

    path: str
    dns_server: str | Absent | None = None
    root_domain: str | Absent | None = None


@dataclass(frozen=True, kw_only=True)
class AksFacts:
    """What is known of the platform, beside what all platforms have."""

    path: str = "platform"
    tier: str | Absent | None = None
    zones: Sequence[str] | None = None
    api_server: str | None = None
    """`public` or `private`."""
    authorized_ranges: Sequence[str] | None = None
    dns_zone: str | None = None
    """`system`, `none` or the id of a private DNS zone."""
    location: str | None = None
    channel: str | None = None
    node_images: str | None = None
    windows_admin: str | None = None
    gmsa: GmsaFacts | None = None
    budget_contacts: Sequence[str] | None = None
    deploy: Sequence[FederationFacts] | None = None
    preview: Sequence[FederationFacts] | None = None


def authorized_ranges(platform: PlatformFacts, aks: AksFacts, network: NetworkFacts) -> Iterator[Problem]:
    """In production not everybody reaches a public API server; and a range that is everybody is none.

    Nodes reach it by their egress addresses, which must be among the ranges. Those of a gateway that is made are added
    here, and AKS adds those of its load balancer. What is behind a subnet that is brought is not known.
    """
    path = at(aks.path, "apiServer", "authorizedRanges")
    if aks.api_server != "public" or aks.authorized_ranges is None:
        return
    way_out = known_outbound(network)
    unknown = isinstance(network.subnet, str) and way_out in ("nat-gateway", "user-defined-routing")
    if platform.production and not aks.authorized_ranges:
        nodes = (
            f", the nodes' own egress addresses among them: on network.subnet with outbound {way_out} they are not "
            "known here"
            if unknown
            else "; the nodes' own is added"
        )
        yield Problem(
            rule="authorized-ranges-missing",
            path=path,
            given=NOTHING,
            allowed=f"one network or more in production, from which the API server is reached{nodes}",
            fix=f"add the egress addresses of {'the nodes and of ' if unknown else ''}those who deploy and operate, or "
            "write apiServer: {kind: private}",
        )
    added = network.egress_addresses if isinstance(network.subnet, Absent) and way_out == "nat-gateway" else None
    room = AUTHORIZED_RANGES - (added or 0)
    if len(aks.authorized_ranges) > room:
        reason = (
            f"AKS takes {AUTHORIZED_RANGES}, and the {added} address{'' if added == 1 else 'es'} of the NAT gateway "
            f"{'is' if added == 1 else 'are'} added"
            if added
            else "AKS"
        )
        yield Problem(
            rule="authorized-ranges-number",
            path=path,
            given=f"{len(aks.authorized_ranges)} networks",
            allowed=f"at most {room} ({reason})",
            fix="merge neighbours into larger networks, or write apiServer: {kind: private}",
        )
    for index, text in enumerate(aks.authorized_ranges):
        wrong = list(cidr(at(path, index), text))
        yield from wrong
        if not wrong and ip_network(text).prefixlen == 0:
            yield Problem(
                rule="authorized-range-open",
                path=at(path, index),
                given=given(text),
                allowed="networks of your own: this one is the whole internet",
                fix="name the egress addresses of those who deploy and operate",
            )


def dns_zone(aks: AksFacts) -> Iterator[Problem]:
    """A private zone that is brought is one that AKS can put its API server in."""
    if aks.dns_zone is None or aks.location is None or aks.dns_zone in ("system", "none"):
        return
    # MicrosoftDocs/azure-aks-docs, private-clusters (custom private DNS zone), read 2026-08-21.
    name = aks.dns_zone.rsplit("/", 1)[-1]
    if not re.fullmatch(rf"([a-zA-Z0-9-]{{1,32}}\.)?private(link)?\.{aks.location}\.azmk8s\.io", name):
        yield Problem(
            rule="dns-zone-name",
            path=at(aks.path, "apiServer", "dnsZone"),
            given=given(name),
            allowed=f"privatelink.{aks.location}.azmk8s.io, or a part of one's own and a dot before it",
            fix="name such a zone, or write dnsZone: system",
        )


def upgrade_channels(platform: PlatformFacts, aks: AksFacts, pools: Sequence[PoolFacts] | None) -> Iterator[Problem]:
    """Who upgrades does not contradict what is written, and Windows pools know the way."""
    path = at(aks.path, "upgrades", "nodeImages")
    version = platform.kubernetes_version
    if isinstance(version, str) and version.count(".") > 1 and aks.channel not in (None, "none"):
        minor = ".".join(version.split(".")[:2])
        yield Problem(
            rule="kubernetes-patch",
            path=at(aks.path, "kubernetesVersion"),
            given=given(version),
            allowed=f'a version without a patch, as upgrades.channel is "{aks.channel}": the channel chooses patches, '
            "and the next deployment would try to go back to this one",
            fix=f'write "{minor}", or upgrades: {{channel: none}}',
        )
    windows = [pool.path for pool in pools or () if pool.os == "windows"]
    if aks.node_images is not None and aks.node_images not in _OF_WINDOWS and windows:
        yield Problem(
            rule="node-images-windows",
            path=path,
            given=given(aks.node_images),
            allowed=f"{listed(_OF_WINDOWS)}, as {listed(windows, 'and')} {'is' if len(windows) == 1 else 'are'} for "
            "Windows",
            fix="remove nodeImages for NodeImage",
        )
    elif aks.channel == "node-image" and aks.node_images not in (None, "NodeImage"):
        yield Problem(
            rule="node-images-channel",
            path=path,
            given=given(aks.node_images),
            allowed="NodeImage with upgrades.channel: node-image",
            fix="remove nodeImages, or choose another channel",
        )


def windows_profile(aks: AksFacts) -> Iterator[Problem]:
    """The administrator's name is free, and a domain is named in full or not at all."""
    if aks.windows_admin is not None:
        yield from windows_admin.username(at(aks.path, "windows", "adminUsername"), aks.windows_admin)
    gmsa = aks.gmsa
    if gmsa is None:
        return
    pair = {"dnsServer": gmsa.dns_server, "rootDomain": gmsa.root_domain}
    missing = [key for key, value in pair.items() if value is ABSENT]
    there = [key for key, value in pair.items() if isinstance(value, str)]
    if missing and there:
        yield Problem(
            rule="gmsa-pair",
            path=at(gmsa.path, missing[0]),
            given=f"{NOTHING}, with {there[0]}",
            allowed="dnsServer and rootDomain, or neither where the network's DNS knows the domain",
            fix=f"add {missing[0]}, or remove {there[0]}",
        )
    if isinstance(gmsa.dns_server, str) and not _is_address(gmsa.dns_server):
        yield Problem(
            rule="gmsa-dns-server",
            path=at(gmsa.path, "dnsServer"),
            given=given(gmsa.dns_server),
            allowed="an IPv4 address",
            fix="write the address of the domain's DNS server, for example 10.0.0.4",
        )


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def tier(platform: PlatformFacts, aks: AksFacts) -> Iterator[Problem]:
    """A production cluster has a service level."""
    if platform.production and aks.tier == "Free":
        yield Problem(
            rule="tier-production",
            path=at(aks.path, "tier"),
            given=given(aks.tier),
            allowed="Standard or Premium in production: Free has no service level and a small API server",
            fix="remove tier for Standard",
        )


def budget(aks: AksFacts) -> Iterator[Problem]:
    """Those who are told have mail addresses."""
    for index, contact in enumerate(aks.budget_contacts or ()):
        if not _MAIL.fullmatch(contact):
            yield Problem(
                rule="budget-contact",
                path=at(aks.path, "budget", "contacts", index),
                given=given(contact),
                allowed="one mail address",
                fix="write it like platform-team@contoso.com",
            )


def check(
    platform: PlatformFacts, aks: AksFacts, pools: Sequence[PoolFacts] | None, network: NetworkFacts
) -> Iterator[Problem]:
    """All rules of the platform."""
    if platform.kind != "aks":
        return
    yield from version_there(platform, aks.tier)
    yield from authorized_ranges(platform, aks, network)
    yield from dns_zone(aks)
    yield from upgrade_channels(platform, aks, pools)
    yield from windows_profile(aks)
    yield from tier(platform, aks)
    yield from budget(aks)
    yield from zones_differ(at(aks.path, "zones"), tuple(aks.zones or ()))
    yield from federations(aks.deploy or (), aks.preview or ())
