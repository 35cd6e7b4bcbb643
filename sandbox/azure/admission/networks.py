"""Addresses of subnets, and what NAT gateways take. Codes: Microsoft.Network, as virtual-network docs quote them."""

from __future__ import annotations

from sandbox.azure import ids
from sandbox.azure.admission.request import Put
from sandbox.azure.records import World
from sandbox.azure.refusals.network import overlap, parsed, within
from sandbox.azure.values import Object, list_at, text_at, value_at

_SUBNET = "azure-native:network:Subnet"


def put(world: World, put: Put) -> None:
    """Refuse a subnet outside its network or across another, and a NAT gateway with addresses that it cannot use."""
    if put.token == _SUBNET:
        _subnet(world, put)
    elif put.token == "azure-native:network:NatGateway":
        _nat_gateway(world, put)


def prefixes(subnet: Object) -> list[str]:
    """The prefixes of a subnet, which come in the singular or the plural."""
    one = text_at(subnet, "addressPrefix")
    return [one] if one else [item for item in list_at(subnet, "addressPrefixes") or [] if isinstance(item, str)]


def _subnet(world: World, put: Put) -> None:
    network_id = ids.parent(put.id) or ""
    network = world.find(network_id) or {}
    space = [parsed(prefix) for prefix in list_at(network.get("properties"), "addressSpace.addressPrefixes") or []]
    for prefix in prefixes(put.inputs):
        mine = parsed(prefix)
        if mine is None:
            continue
        # A brought network that was seeded without its addresses takes any.
        if space and not any(within(mine, outer) for outer in space):
            raise put.error(
                400,
                "NetcfgInvalidSubnet",
                f"addressPrefix {prefix} is not contained in the address space of network {ids.name(network_id)}: "
                f"{', '.join(str(outer) for outer in space)}. Move it, or widen the network.",
            )
        for record in world.of(_SUBNET):
            if ids.key(ids.parent(record["id"]) or "") != ids.key(network_id) or ids.key(record["id"]) == ids.key(
                put.id
            ):
                continue
            for other in prefixes(record["properties"]):
                theirs = parsed(other)
                if theirs is not None and overlap(mine, theirs):
                    raise put.error(
                        400,
                        "NetcfgSubnetRangesOverlap",
                        f"addressPrefix {prefix} overlaps with {other} of subnet {ids.name(record['id'])}. Move one.",
                    )


def _nat_gateway(world: World, put: Put) -> None:
    for address in list_at(put.inputs, "publicIpAddresses") or []:
        record = world.find(text_at(address, "id") or "")
        sku = None if record is None or record["seeded"] else value_at(record["properties"], "sku.name")
        if record is not None and not record["seeded"] and sku != "Standard":
            raise put.error(
                400,
                "PublicIpSkuNotSupportedByNatGateway",
                f"publicIpAddresses: {ids.name(record['id'])} has SKU {sku or 'Basic'}; allowed: Standard.",
            )
        for gateway in world.of(put.token):
            held = [text_at(item, "id") or "" for item in list_at(gateway["properties"], "publicIpAddresses") or []]
            mine = ids.key(gateway["id"]) == ids.key(put.id)
            if not mine and record is not None and ids.key(record["id"]) in map(ids.key, held):
                raise put.error(
                    400,
                    "PublicIPAddressInUse",
                    f"publicIpAddresses: {ids.name(record['id'])} is held by {ids.name(gateway['id'])}. Make another.",
                )
