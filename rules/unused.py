"""Sections whose settings do something on some platforms only, or only beside others.

A setting that does nothing is refused: its author believes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rules.address_space import NetworkFacts, known_outbound
from rules.paths import at
from rules.platform import PlatformFacts
from rules.problem import Problem
from rules.words import given

Written = Mapping[str, Mapping[str, object]]
"""Section, key, and what stands there."""

OF_AKS: Final[Mapping[str, Sequence[str]]] = {
    "network": ("subnet", "outbound", "egressAddresses", "virtualNetwork", "services", "engine"),
    "registry": ("id", "sku", "cache", "push"),
    "monitoring": ("workspace", "retentionDays", "prometheus"),
}
OF_MADE: Final[Mapping[str, Sequence[str]]] = {"network": ("pods",)}
"""On `aks`, and on a cluster that is made on `azure-local`."""
OF_AZURE: Final[Mapping[str, Sequence[str]]] = {"environment": ("tags",)}


@dataclass(frozen=True, kw_only=True)
class _Instead:
    """A setting of what is made, beside another that says that nothing is made."""

    section: str
    key: str
    other: str
    reason: str


_INSTEAD: Final = (
    _Instead(section="network", key="virtualNetwork", other="subnet", reason="the subnet has its network"),
    _Instead(section="network", key="egressAddresses", other="subnet", reason="no gateway is made for it"),
    _Instead(section="registry", key="sku", other="id", reason="no registry is made"),
    _Instead(section="registry", key="cache", other="id", reason="no registry is made"),
    _Instead(section="monitoring", key="retentionDays", other="workspace", reason="no workspace is made"),
)


def on_this_platform(platform: PlatformFacts, written: Written) -> Iterator[Problem]:
    """No setting of another platform is given."""
    if platform.kind is None:
        return
    for settings, here, where in (
        (OF_AKS, platform.kind == "aks", "on aks"),
        (OF_MADE, platform.makes_pools is not False, "where the cluster is made"),
        (OF_AZURE, platform.kind != "existing-cluster", "on aks and azure-local"),
    ):
        if here:
            continue
        for section, keys in settings.items():
            for key in keys:
                value = written.get(section, {}).get(key)
                if value is not None and value is not False and value not in ([], {}):
                    yield Problem(
                        rule="setting-unused",
                        path=at(section, key),
                        given=given(value),
                        allowed=f"nothing on {platform.kind}: it does something only {where}",
                        fix=f"remove {key}",
                    )


def beside_what_is_brought(platform: PlatformFacts, network: NetworkFacts, written: Written) -> Iterator[Problem]:
    """What is brought by its id is not described as if it were made."""
    if platform.kind != "aks":
        return
    for rule in _INSTEAD:
        section = written.get(rule.section, {})
        if section.get(rule.other) is not None and section.get(rule.key) is not None:
            yield Problem(
                rule="setting-unused",
                path=at(rule.section, rule.key),
                given=given(section[rule.key]),
                allowed=f"nothing beside {at(rule.section, rule.other)}: {rule.reason}",
                fix=f"remove {rule.key}, or {rule.other}",
            )
    addresses = written.get("network", {}).get("egressAddresses")
    way_out = known_outbound(network)
    if addresses is not None and written["network"].get("subnet") is None and way_out not in (None, "nat-gateway"):
        yield Problem(
            rule="setting-unused",
            path="network.egressAddresses",
            given=given(addresses),
            allowed=f"nothing with network.outbound: {way_out}, which has no gateway",
            fix="remove egressAddresses, or outbound for a NAT gateway",
        )


def check(platform: PlatformFacts, network: NetworkFacts, written: Written) -> Iterator[Problem]:
    """All rules of settings that would do nothing."""
    yield from on_this_platform(platform, written)
    yield from beside_what_is_brought(platform, network, written)
