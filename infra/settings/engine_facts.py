"""From the section `dockerEngine` to the plain facts that rules are about."""

from __future__ import annotations

from infra.settings.view import View
from rules.engine_facts import EngineFacts, EnginePoolFacts, PruneFacts, ReleaseFacts
from rules.given import ABSENT, Absent
from rules.paths import at


def engine(view: View | Absent | None, images: View | None) -> EngineFacts | Absent | None:
    """The section, with what `images` says of it."""
    if not isinstance(view, View):
        return view
    releases, pools = view.children("releases"), view.children("nodePools")
    metrics, monitoring = _below(view, "metrics"), _below(view, "monitoring")
    smoke, proxy, cleaned = _below(view, "smoke"), _below(view, "proxy"), _below(view, "prune")
    return EngineFacts(
        path=view.path,
        version=view.text("version"),
        releases=tuple(
            ReleaseFacts(path=item.path, version=item.text("version"), url=item.text("url")) for item in releases
        )
        if isinstance(releases, tuple)
        else None,
        configuration=view.mapping("configuration"),
        data_root=view.text("dataRoot"),
        mirrors=view.texts("mirrors"),
        insecure_registries=view.texts("insecureRegistries"),
        proxies={
            at(proxy.path, key): url
            for key in ("http", "https")
            if proxy is not None and isinstance(url := proxy.text_or_absent(key), str)
        }
        if proxy is not None
        else {},
        credential_specs=view.mapping("credentialSpecs"),
        prune=_prune(cleaned) if cleaned is not None else PruneFacts(),
        smoke_images=smoke.text_mapping("images") if smoke else None,
        port=metrics.number("port") if metrics else None,
        engine_port=metrics.number_or_absent("enginePort") if metrics else None,
        pod_monitor=monitoring.text("podMonitor") if monitoring else None,
        alerts=monitoring.flag("alerts") if monitoring else None,
        agents_per_node=view.number_or_absent("agentsPerNode"),
        pools=tuple(_pool(pool) for pool in pools) if isinstance(pools, tuple) else None,
        image=images.text_or_absent("dockerEngine") if images else None,
        smoke_test=view.flag("smokeTest"),
    )


def prepull(view: View | None) -> dict[str, str]:
    """Images that Windows build nodes pull beforehand, into Docker or for Kubernetes, by path."""
    nodes = _below(view, "nodePrepull") if view else None
    lists = [
        ("dockerEngine.prepull", view.texts("prepull") if view else None),
        ("dockerEngine.nodePrepull.images", nodes.texts("images") if nodes else None),
    ]
    return {at(path, index): image for path, images in lists for index, image in enumerate(images or ())}


def _pool(view: View) -> EnginePoolFacts:
    cleaned = view.child("prune")
    return EnginePoolFacts(
        path=view.path,
        name=view.text("name"),
        version=view.text_or_absent("version"),
        image=view.text_or_absent("image"),
        data_root=view.text_or_absent("dataRoot"),
        prune=_prune(cleaned) if isinstance(cleaned, View) else ABSENT if cleaned is ABSENT else None,
    )


def _prune(view: View) -> PruneFacts:
    return PruneFacts(path=view.path, below_gib=view.number("belowGiB"), floor_gib=view.number("floorGiB"))


def _below(view: View, key: str) -> View | None:
    child = view.child(key)
    return child if isinstance(child, View) else None
