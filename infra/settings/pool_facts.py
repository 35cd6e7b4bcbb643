"""From the section `nodePools` to the plain facts of node pools."""

from __future__ import annotations

from infra.settings.view import View
from rules.pool_facts import PoolFacts, TaintFacts, UpgradeFacts


def pool(view: View) -> PoolFacts:
    """One pool."""
    taints = view.children("taints")
    return PoolFacts(
        path=view.path,
        name=view.written("name"),
        os=view.text("os"),
        purpose=view.text("purpose"),
        trust=view.text("trust"),
        vm_size=view.text_or_absent("vmSize"),
        os_sku=view.text_or_absent("osSku"),
        min_count=view.number("minCount"),
        max_count=view.number("maxCount"),
        max_pods=view.number_or_absent("maxPods"),
        os_disk_gb=view.number_or_absent("osDiskSizeGB"),
        os_disk_type=view.text_or_absent("osDiskType"),
        outbound_nat=view.flag_or_absent("outboundNat"),
        replacement=view.text_or_absent("replacement"),
        zones=view.texts_or_absent("zones"),
        upgrade=_upgrade(view),
        labels=view.text_mapping("labels"),
        node_selector=view.text_mapping("nodeSelector"),
        taints=tuple(_taint(taint) for taint in taints) if isinstance(taints, tuple) else taints,
        written=view.given(),
    )


def _upgrade(view: View) -> UpgradeFacts | None:
    upgrade = view.child("upgrade")
    if not isinstance(upgrade, View):
        return None
    return UpgradeFacts(
        path=upgrade.path,
        max_surge=upgrade.text("maxSurge"),
        max_unavailable=upgrade.text_or_absent("maxUnavailable"),
        drain_minutes=upgrade.number_or_absent("drainMinutes"),
    )


def _taint(view: View) -> TaintFacts:
    return TaintFacts(path=view.path, key=view.text("key"), value=view.text("value"), effect=view.text("effect"))
