"""Every setting of `dockerEngine`, from the stack file to where it has its effect.

Each row of the table sets one key of the section and says where it is found: in the supervisor's settings, read by the
supervisor's own reader, in `daemon.json` inside of them, or in an object. A key of the section that has no row fails.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from components import contract
from components.docker_engine.supervisor_settings import settings_document
from engine_supervisor.settings import Settings as Document
from engine_supervisor.settings import parse
from infra.platforms import node_pools
from infra.settings.docker_engine import DockerEngine
from infra.settings.load import secret_names, validate
from infra.settings.model import Settings
from infra.settings.shape import keys
from infra.workloads.docker_engine import engine_args
from tests.unit.components.mocks import RecordingMonitor
from tests.unit.infra.test_workloads import Sections, deployed, dev

GIB = 1024**3
SERVERCORE = "mcr.microsoft.com/windows/servercore"


def stack(**engine: Any) -> Sections:
    """The Windows pools of the dev stack, with runners and agents on the engine, and this section."""
    sections = dev()
    sections["dockerEngine"] |= copy.deepcopy(engine)
    sections["azureDevOps"]["agentPools"] = sections["azureDevOps"]["agentPools"][:1]
    sections["github"]["runnerSets"] = sections["github"]["runnerSets"][-1:]
    return sections


def made(**engine: Any) -> RecordingMonitor:
    return deployed(stack(**engine))[0]


def text(pool: str = "win22", **engine: Any) -> str:
    """`settings.json` of a pool."""
    settings = validate(stack(**engine), secrets=secret_names(dev()))
    assert settings.docker_engine is not None
    facts = next(node_pools.facts(one) for one in settings.node_pools if one.name == pool)
    return settings_document(engine_args(settings.docker_engine, facts), stack="dev", pool=facts)


def document(pool: str = "win22", **engine: Any) -> Document:
    """What the supervisor of a pool reads, by its own reader."""
    return parse(text(pool, **engine))


def at(value: Any, path: str) -> Any:
    """What stands at a path, which has slashes as `daemon.json` has dots in names."""
    for part in path.split("/"):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part)
    return value


SPEC = {"CmsPlugins": ["ActiveDirectory"]}
IN_DOCUMENT: list[tuple[str, Any, str, Any]] = [
    ("version", "29.3.0", "version", "29.3.0"),
    ("configuration", {"max-concurrent-downloads": 6}, "daemon/max-concurrent-downloads", 6),
    ("dataRoot", r"D:\docker", "data_root", r"D:\docker"),
    ("dataRoot", r"D:\docker", "daemon/data-root", r"D:\docker"),
    ("mirrors", ["https://m.contoso.com"], "daemon/registry-mirrors", ["https://m.contoso.com"]),
    ("insecureRegistries", ["r.contoso.com:5000"], "daemon/insecure-registries", ["r.contoso.com:5000"]),
    ("proxy.http", "http://p:1", "daemon/proxies/http-proxy", "http://p:1"),
    ("proxy.https", "http://p:2", "daemon/proxies/https-proxy", "http://p:2"),
    ("proxy.noProxy", ["a", "10.0.0.0/8"], "daemon/proxies/no-proxy", "a,10.0.0.0/8"),
    ("logLimits.maxSizeMiB", 7, "daemon/log-opts/max-size", "7m"),
    ("logLimits.maxFiles", 9, "daemon/log-opts/max-file", "9"),
    ("credentialSpecs", {"a.json": SPEC}, "credential_specs", {"a.json": json.dumps(SPEC)}),
    ("credentialSpecs", {"a.json": json.dumps(SPEC)}, "credential_specs", {"a.json": json.dumps(SPEC)}),
    ("containersFeature", "install", "feature", "install"),
    ("existingService", "adopt", "existing", "adopt"),
    ("keepData", True, "keep_data", True),
    ("rollout.slots", 2, "slots", ("docker-engine-win22-0", "docker-engine-win22-1")),
    ("rollout.waitMinutes", 90, "rollout/wait_minutes", 90),
    ("rollout.atLimit", "evict", "rollout/at_limit", "evict"),
    ("rollout.pauseMinutes", 3, "rollout/pause_minutes", 3),
    ("smoke.enabled", False, "smoke_images", {}),
    ("smoke.images", {"Windows2022": "a.io/b:ltsc2022"}, "smoke_images", {"20348": "a.io/b:ltsc2022"}),
    (
        "prepull",
        ["a.io/c:1", f"{SERVERCORE}:ltsc2022", f"{SERVERCORE}:ltsc2025"],
        "prepull",
        {"20348": ("a.io/c:1", f"{SERVERCORE}:ltsc2022")},
    ),
    ("prepullBlocks", True, "prepull_blocks", True),
    ("prune.everyHours", 0, "prune/every_hours", 0),
    ("prune.unusedHours", 5, "prune/unused_hours", 5),
    ("prune.belowGiB", 30, "prune/below_bytes", 30 * GIB),
    ("prune.floorGiB", 3, "prune/floor_bytes", 3 * GIB),
    ("metrics.port", 9400, "port", 9400),
    ("metrics.enginePort", 9323, "engine_metrics_port", 9323),
    ("metrics.enginePort", 9323, "daemon/metrics-addr", "0.0.0.0:9323"),
    ("metrics.firewall", False, "firewall", False),
    ("agentsPerNode", 3, "build_slots", 3),
    ("agentsPerNode", 1, "build_slots", None),
    ("nodePools.version", [{"name": "win22", "version": "29.3.0"}], "version", "29.3.0"),
    ("nodePools.dataRoot", [{"name": "win22", "dataRoot": r"D:\d"}], "daemon/data-root", r"D:\d"),
    (
        "nodePools.prune",
        [{"name": "win22", "prune": {"belowGiB": 40}}],
        "prune",
        {"every_hours": 24, "unused_hours": 168, "below_bytes": 40 * GIB, "floor_bytes": 10 * GIB},
    ),
]
"""Key of the section, its value, where it is in the document of pool win22, and what stands there."""


def image(monitor: RecordingMonitor) -> Any:
    return monitor.named("docker-engine-win22").inputs["spec"]["template"]["spec"]["containers"][0]["image"]


def kinds(monitor: RecordingMonitor) -> set[str]:
    return {one.type.rpartition(":")[2] for one in monitor.registrations}


def pods_of_clients(monitor: RecordingMonitor) -> Iterator[dict[str, Any]]:
    """The templates of agents and runners with the engine."""
    yield monitor.named("windows-docker-agents").inputs["spec"]["template"]
    yield monitor.named("app-windows-set-scale-set").inputs["spec"]["template"]


def slots_of(monitor: RecordingMonitor) -> list[str | None]:
    return [
        template["spec"]["containers"][0]["resources"]["requests"].get(contract.RESOURCE_BUILD_SLOT)
        for template in pods_of_clients(monitor)
    ]


def apart(monitor: RecordingMonitor) -> list[bool]:
    return ["podAntiAffinity" in template["spec"].get("affinity", {}) for template in pods_of_clients(monitor)]


IN_OBJECTS: list[tuple[str, Any, Callable[[RecordingMonitor], Any], Any]] = [
    ("version", "29.3.0", image, "registry.example.com/buildfleet/docker-engine:0.1.0-29.3.0"),
    ("nodePools.image", [{"name": "win22", "image": "a.io/e:1"}], image, "a.io/e:1"),
    ("readyMinutes", 7, lambda made: made.named("docker-engine-win22").custom_timeouts, ("7m", "14m", "15m")),
    ("monitoring.podMonitor", "prometheus-operator", lambda made: "PodMonitor" in kinds(made), True),
    (
        "monitoring.podMonitor",
        "azure",
        lambda made: made.named("docker-engine-monitor").inputs["apiVersion"],
        "azmonitoring.coreos.com/v1",
    ),
    (
        "monitoring.dashboard",
        True,
        lambda made: made.named("docker-engine-dashboard").type,
        "kubernetes:core/v1:ConfigMap",
    ),
    ("agentsPerNode", 1, apart, [True, True]),
    ("agentsPerNode", 1, slots_of, [None, None]),
    ("agentsPerNode", 4, slots_of, ["1", "1"]),
    ("agentsPerNode", 4, apart, [False, False]),
]
"""Key, value, what is looked at, what is seen."""

HERE = "test_engine_settings.py"
ELSEWHERE = {
    "releases.version": "test_image_builds.py::test_a_release_that_the_stack_adds_is_what_its_image_is_built_from",
    "releases.url": "test_image_builds.py::test_a_release_that_the_stack_adds_is_what_its_image_is_built_from",
    "releases.sha256": "test_image_builds.py::test_a_release_that_the_stack_adds_is_what_its_image_is_built_from",
    "nodePools.name": f"{HERE}::test_pools_have_engines_of_different_versions",
    "monitoring.alerts": f"{HERE}::test_alerts_are_made_with_what_collects_their_metrics",
    "smokeTest": "test_build_workloads.py::test_the_smoke_test_is_a_setting",
    "nodePrepull.agents": "test_build_workloads.py::test_nodes_pull_the_images_of_their_own_agents_and_what_fits_them",
    "nodePrepull.images": "test_build_workloads.py::test_nodes_pull_the_images_of_their_own_agents_and_what_fits_them",
}
"""Keys that need more than a row, and the test of each in this folder."""


def section(key: str, value: Any) -> dict[str, Any]:
    """The section with one key; those of lists give the whole list."""
    outer, _, inner = key.partition(".")
    if outer == "nodePools" or not inner:
        return {outer: value}
    return {outer: {inner: value}}


def with_release(engine: dict[str, Any]) -> dict[str, Any]:
    release = {"version": "29.3.0", "url": "https://a.io/docker.zip", "sha256": "0" * 64}
    return {"releases": [release], **engine}


@pytest.mark.parametrize(("key", "value", "path", "found"), IN_DOCUMENT)
def test_a_setting_is_in_what_the_supervisor_reads(key: str, value: Any, path: str, found: Any) -> None:
    before, after = document(), document(**with_release(section(key, value)))
    seen = at(after, path)
    assert (seen if not hasattr(seen, "__dataclass_fields__") else asdict(seen)) == found
    if key != "agentsPerNode" or value != 1:
        assert before != after, "the setting has an effect"


@pytest.mark.parametrize(("key", "value", "look", "seen"), IN_OBJECTS)
def test_a_setting_is_in_the_objects_that_are_made(
    key: str, value: Any, look: Callable[[RecordingMonitor], Any], seen: Any
) -> None:
    assert look(made(**with_release(section(key, value)))) == seen


def leaves(model: type[Settings], above: str = "") -> Iterator[str]:
    for name, key in keys(model).items():
        below = key.shape.item.model if key.shape.kind == "list" and key.shape.item else key.shape.model
        if below is None or (name == "prune" and above):
            yield f"{above}{name}"
        else:
            yield from leaves(below, f"{above}{name}.")


def test_every_setting_of_the_engine_has_a_row() -> None:
    told = {key for key, *_ in (*IN_DOCUMENT, *IN_OBJECTS)} | set(ELSEWHERE)
    assert set(leaves(DockerEngine)) == told


@pytest.mark.parametrize(("key", "test"), ELSEWHERE.items())
def test_a_setting_without_a_row_has_a_test_that_sets_it(key: str, test: str) -> None:
    file, _, name = test.partition("::")
    module = ast.parse((Path(__file__).parent / file).read_text())
    [found] = [one for one in module.body if isinstance(one, ast.FunctionDef) and one.name == name]
    said = {one.arg for one in ast.walk(found) if isinstance(one, ast.keyword)}
    said |= {str(one.value) for one in ast.walk(found) if isinstance(one, ast.Constant)}
    assert set(key.split(".")) <= said


def test_each_pool_has_its_document_in_the_cluster() -> None:
    monitor = made(keepData=True)
    for pool in ("win22", "win25"):
        data = monitor.named(f"docker-engine-{pool}-settings").inputs["data"]
        assert data == {"settings.json": text(pool, keepData=True)}


def test_alerts_are_made_with_what_collects_their_metrics() -> None:
    assert "PrometheusRule" in kinds(made(monitoring={"podMonitor": "prometheus-operator", "alerts": True}))
    assert {"PrometheusRule", "PodMonitor"} & kinds(made()) == set()


def test_pools_have_engines_of_different_versions() -> None:
    engine = with_release({"nodePools": [{"name": "win25", "version": "29.3.0"}]})
    one, other = document("win22", **engine), document("win25", **engine)
    assert (one.version, other.version) == ("29.2.1", "29.3.0")
    assert set(one.slots).isdisjoint(other.slots)


def test_each_pool_proves_its_engine_with_an_image_of_its_own_windows() -> None:
    nanoserver = "mcr.microsoft.com/windows/nanoserver"
    assert document("win22").smoke_images == {"20348": f"{nanoserver}:ltsc2022"}
    assert document("win25").smoke_images == {"26100": f"{nanoserver}:ltsc2025"}


def test_without_a_cap_nothing_keeps_agents_apart() -> None:
    assert apart(made()) == [False, False]
    assert slots_of(made()) == [None, None]


def test_agents_and_runners_with_the_engine_wait_for_it_and_others_do_not() -> None:
    monitor = deployed(dev())[0]
    engines = {name: monitor.named(f"docker-engine-{name}").urn for name in ("win22", "win25")}
    waits = {
        one.name: {pool for pool, urn in engines.items() if urn in one.dependencies}
        for one in monitor.registrations
        if one.name.endswith(("-agents", "-scale-set"))
    }
    assert waits.pop("windows-docker-agents") == {"win22"}
    assert waits.pop("windows-burst-agents") == {"win25"}
    assert waits.pop("app-windows-set-scale-set") == {"win22"}
    assert len(waits) > 5
    assert set().union(*waits.values()) == set()
