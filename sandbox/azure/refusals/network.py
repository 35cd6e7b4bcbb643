"""Networks, subnets, security groups, NAT gateways, public addresses.

Sources: resource-name-rules (Microsoft.Network); virtual-network/virtual-networks-faq (subnets of /29 to /2, five
addresses of each are Azure's); network-security-groups-overview (priorities); nat-gateway/nat-overview (Standard
addresses, idle 4 to 120 minutes, one zone); ip-services/public-ip-addresses; read 2026-08-21.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure.errors import Refusal
from sandbox.azure.refusals.common import between, items, name, one_of, refused, required, unique
from sandbox.azure.values import Object, list_at, number_at, object_at, text_at, value_at

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PATTERN: Final = r"[A-Za-z0-9]([\w.-]{0,78}\w)?"
_WORDS: Final = "1 to 80 letters, digits and characters of -_., starting with a letter or digit, not ending in - or ."
AZURES_ADDRESSES: Final = 5


def parsed(text: object) -> Network | None:
    """A network, or `None` if this is none."""
    if not isinstance(text, str):
        return None
    try:
        return ipaddress.ip_network(text, strict=True)
    except ValueError:
        return None


def overlap(left: Network, right: Network) -> bool:
    """Whether two networks of any family share an address."""
    return left.version == right.version and left.overlaps(right)


def cidr(path: str, value: Any, code: str = "InvalidCIDRNotation") -> Iterator[Refusal]:
    """A text that is no network, or one with bits set behind the prefix."""
    if isinstance(value, str) and parsed(value) is None:
        yield refused(path, value, "a network whose bits behind the prefix are 0", "write it like 10.240.0.0/16", code)


def virtual_network(inputs: Object) -> Iterator[Refusal]:
    """Name, address space, subnets inside of it that do not overlap."""
    yield from name(
        inputs, "virtualNetworkName", r"[A-Za-z0-9][\w.-]{0,62}\w", "2 to 64" + _WORDS.removeprefix("1 to 80")
    )
    yield from required(inputs, ["addressSpace.addressPrefixes"])
    for path, prefix in items(inputs, "addressSpace.addressPrefixes"):
        yield from cidr(path, prefix)
    subnets = list(items(inputs, "subnets"))
    yield from unique(((f"{path}.name", text_at(item, "name")) for path, item in subnets), "names of subnets")
    space = [parsed(prefix) for _, prefix in items(inputs, "addressSpace.addressPrefixes")]
    for path, item in subnets:
        prefix = text_at(item, "addressPrefix")
        yield from cidr(f"{path}.addressPrefix", prefix)
        inside = parsed(prefix)
        known = len(space) == len(list_at(inputs, "addressSpace.addressPrefixes") or [])
        if inside is not None and known and not any(within(inside, outer) for outer in space):
            yield refused(f"{path}.addressPrefix", prefix, "a part of addressSpace", "move it", "NetcfgInvalidSubnet")


def within(inner: Network, outer: Network | None) -> bool:
    """Whether one network is part of another."""
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


def subnet(inputs: Object) -> Iterator[Refusal]:
    """Name and prefix."""
    yield from name(inputs, "subnetName", _PATTERN, _WORDS)
    prefix = text_at(inputs, "addressPrefix")
    if value_at(inputs, "addressPrefix") is None and value_at(inputs, "addressPrefixes") is None:
        yield from required(inputs, ["addressPrefix"])
    yield from cidr("addressPrefix", prefix)
    network = parsed(prefix)
    if isinstance(network, ipaddress.IPv4Network) and not 2 <= network.prefixlen <= 29:
        allowed = "a prefix length of 2 to 29"
        yield refused("addressPrefix", prefix, allowed, "choose a larger network", "NetcfgInvalidSubnet")
    services = [text_at(item, "service") for _, item in items(inputs, "serviceEndpoints")]
    yield from unique(((f"serviceEndpoints[{i}]", service) for i, service in enumerate(services)), "services")


def security_group(inputs: Object) -> Iterator[Refusal]:
    """Name, and rules with priorities of their own in each direction."""
    yield from name(inputs, "networkSecurityGroupName", _PATTERN, _WORDS)
    seen: dict[tuple[str, int], str] = {}
    rules = list(items(inputs, "securityRules"))
    yield from unique(((f"{path}.name", text_at(item, "name")) for path, item in rules), "names of rules")
    for path, rule in rules:
        needed = ("name", "priority", "direction", "access", "protocol")
        yield from required(rule, needed, prefix=f"{path}.")
        yield from between(rule, "priority", 100, 4096, "Azure", f"{path}.priority")
        yield from one_of(rule, "direction", ("Inbound", "Outbound"), f"{path}.direction")
        yield from one_of(rule, "access", ("Allow", "Deny"), f"{path}.access")
        yield from one_of(rule, "protocol", ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*"), f"{path}.protocol")
        priority, direction = number_at(rule, "priority"), text_at(rule, "direction")
        if priority is None or direction is None:
            continue
        if (direction, priority) in seen:
            yield refused(
                f"{path}.priority",
                priority,
                f"a priority of its own among the {direction} rules",
                f"change it: {seen[direction, priority]} has the same",
                "SecurityRuleConflict",
            )
        seen.setdefault((direction, priority), path)


def nat_gateway(inputs: Object) -> Iterator[Refusal]:
    """Name, SKU, idle time, at most one zone."""
    yield from name(inputs, "natGatewayName", _PATTERN, _WORDS)
    yield from one_of(inputs, "sku.name", ("Standard",))
    yield from required(inputs, ["sku.name"])
    yield from between(inputs, "idleTimeoutInMinutes", 4, 120, "NAT gateway")
    zones = list_at(inputs, "zones")
    if zones is not None and len(zones) > 1:
        yield refused("zones", zones, "at most one zone", "leave zones out, or name one", "InvalidZones")
    addresses = list_at(inputs, "publicIpAddresses")
    if addresses is not None and len(addresses) > 16:
        yield refused("publicIpAddresses", addresses, "at most 16 addresses", "lower egressAddresses")


def public_ip(inputs: Object) -> Iterator[Refusal]:
    """Name, and a Standard address that stays the same."""
    yield from name(inputs, "publicIpAddressName", _PATTERN, _WORDS)
    yield from one_of(inputs, "sku.name", ("Basic", "Standard"))
    yield from one_of(inputs, "publicIPAllocationMethod", ("Static", "Dynamic"))
    if text_at(inputs, "sku.name") == "Basic":
        allowed = "Standard: Basic addresses are retired since 2025-09-30"
        yield refused("sku.name", "Basic", allowed, "write Standard", "BasicSkuPublicIpRetired")
    if text_at(inputs, "sku.name") == "Standard" and text_at(inputs, "publicIPAllocationMethod") == "Dynamic":
        allowed = "Static for the SKU Standard"
        yield refused(
            "publicIPAllocationMethod", "Dynamic", allowed, "write Static", "StandardSkuPublicIPAddressesMustBeStatic"
        )
    if text_at(inputs, "sku.name") == "Standard" and value_at(inputs, "publicIPAllocationMethod") is None:
        yield refused("publicIPAllocationMethod", None, "Static for the SKU Standard", "write Static")
    if object_at(inputs, "dnsSettings"):
        yield from name(
            inputs,
            "dnsSettings.domainNameLabel",
            r"[a-z][a-z0-9-]{1,61}[a-z0-9]",
            "3 to 63 lower-case letters, digits and hyphens",
        )
