"""Settings and components agree: a stack file that is taken is deployed, or at least never refused halfway.

A component that raises does so when half of a stack is registered. So the rules are at least as strict, and here random
stack files, legal and not, show it. Platforms are made without workloads and workloads without platforms, as what the
one may be does not depend on the other.

A whole cluster of AKS takes seconds to register. So of random stack files on AKS only that is made which is computed
before anything is registered: pools, their names, addresses, identities, operators. `test_aks` registers whole ones.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.azure_devops.image_contract import VARIABLES
from infra.platforms import aks_pools, azure_identities, azure_network, operators
from infra.settings.aks import AksPlatform
from infra.settings.load import secret_names, validate
from infra.settings.report import InvalidStack
from infra.settings.stack import StackSettings
from rules import names as names_of
from rules.agents import capability_is_reserved
from rules.registry import pull_secret_name
from tests.unit.components.mocks import RecordingMonitor
from tests.unit.infra import test_azure_local_platform as azure_local
from tests.unit.infra.test_aks import NETWORK
from tests.unit.infra.test_workloads import Sections, deployed, dev
from tests.unit.settings.stack_files import stack

GUID = "00000000-0000-0000-0000-000000000000"
BASES = (dev(), stack("Pulumi.dev.yaml")[0])
CLUSTERS: Mapping[str, Sections] = {name: dev(name) for name in ("aks", "azure-local")}
Choices = Mapping[str, Sequence[Any]]

STORAGE = (
    None,
    {"kind": "emptyDir"},
    {"kind": "hostPath", "path": "/var/lib/ci"},
    {"kind": "existingClaim", "claimName": "data"},
    {"kind": "ephemeralClaim", "size": "20Gi"},
)
CACHES = (
    *((), ("/var/lib/docker",), ("/var/lib/docker", "/root/.cache"), ("//var/cache/x",), ("/dev/shm",)),
    *(("/a", "/a/b"), ("/a", "/a"), ("/a/../b",), ("/..",), ("/a b",)),
)
CAPABILITIES = (
    *({}, {"docker-compose": "2"}, {"node.js_20": ""}, {"PATH": "x"}, {"path": "x"}, {"azp_x": "x"}, {"-a": "x"}),
    *({name: "x"} for name in sorted(VARIABLES)),
)
AGENTS: Choices = {
    "pool": ("dev", "Dev", "other"),
    "docker": (None, "none", "sidecar", "in-agent", "buildkit", "host-engine"),
    "scaling": (
        *({"kind": "fixed", "agents": number} for number in (0, 1, 2)),
        *({"kind": "keda", "min": low, "max": high} for low, high in ((0, 1), (0, 4), (5, 4))),
    ),
    "storage": STORAGE,
    "capabilities": CAPABILITIES,
    "demands": ((), ("docker",), ("Agent.OS -equals Linux",), ("a,b",)),
    "image": (None, "example.com/agent:1", "example.com/agent"),
    "trust": ("trusted", "trusted", "untrusted"),
    "jobTimeoutMinutes": (1, 60, 1440),
}
RUNNERS: Choices = {
    "name": ("app", "app-1", "a" * 40),
    "mode": (
        *("none", "dind", "kubernetes", "kubernetes-novolume"),
        *("cached-privileged-kubernetes", "windows-host-engine"),
    ),
    "instances": (1, 1, 2, 100),
    "minRunners": (None, None, 0, 1, 2),
    "maxRunners": (None, None, 1, 3),
    "labels": ((), ("linux", "x" * 255), ("a,b",), ("x" * 256,), (" a",)),
    "caches": CACHES,
    "services": (False, False, True),
    "storage": STORAGE,
    "workVolume": (None, {}, {"size": "1Gi", "storageClass": "fast"}),
    "trust": ("trusted", "trusted", "untrusted"),
    "jobTimeoutMinutes": (1, 1440),
}
AGENTS_TOGETHER = (
    *(("docker", "scaling", "storage"), ("docker", "nodePool", "trust"), ("pool", "scaling", "demands")),
    *(("scaling",), ("capabilities",), ("image", "jobTimeoutMinutes")),
)
RUNNERS_TOGETHER = (
    *(("instances", "maxRunners", "storage"), ("caches", "instances", "maxRunners"), ("caches",), ("labels",)),
    *(
        ("name", "instances"),
        ("mode", "nodePool"),
        ("mode", "nodePool", "trust"),
        ("mode", "services", "workVolume", "jobTimeoutMinutes"),
    ),
    *(("mode", "minRunners", "maxRunners"),),
)
"""What depends on each other is changed together, else illegal combinations would be rare."""
POOL: Choices = {
    "trust": ("trusted", "untrusted"),
    "nodeSelector": ({}, {"kubernetes.io/os": "linux"}, {"kubernetes.io/os": "windows"}, {"example.com/a": "b"}),
    "taints": (None, [], [{"key": "sku", "value": "Windows"}], [{"key": "a", "effect": "PreferNoSchedule"}]),
    "osSku": (None, "Windows2022", "Windows2025"),
    "minCount": (0, 1),
}
OTHERS: Mapping[tuple[str, ...], Sequence[Any]] = {
    ("azureDevOps", "auth"): (
        {"kind": "pat", "secret": "token"},
        {"kind": "existing-secret", "name": "token"},
        {"kind": "workload-identity", "clientId": GUID},
        {"kind": "workload-identity"},
    ),
    ("github", "auth"): ({"kind": "pat", "secret": "token"}, {"kind": "existing-secret", "name": "token"}),
    ("keda",): ({"version": "2.15.1"}, {"version": "2.16.0"}, {"version": "2.17.0"}),
    ("network",): (
        *({"policies": False}, {"apiServerCidrs": ["10.0.0.1/32", "fd00::/8"]}, {"apiServerCidrs": ["10.0.0.1/8"]}),
        {"apiServerCidrs": ["1::2::3/8"]},
    ),
    ("namespaces",): ({"azureDevOps": "ci", "github": "ci"}, {"azureDevOpsDocker": "docker"}),
    ("environment", "production"): (True, False),
    ("dockerEngine",): (
        *({"version": "29.2.1"}, {"version": "29.2.1", "configuration": {"debug": True}}),
        *({"version": "29.2.1", "configuration": {key: 1}} for key in ("hosts", "data-root", "log-opts")),
        *(
            {"version": "29.2.1", **more}
            for more in (
                *({"mirrors": ["https://m"]}, {"mirrors": ["m"]}, {"agentsPerNode": 1}, {"agentsPerNode": 2}),
                *({"credentialSpecs": {name: {"a": 1}}} for name in ("a.json", "a")),
                *({"nodePools": [{"name": name, "dataRoot": r"D:\docker"}]} for name in ("win22", "lin", "other")),
                {"monitoring": {"podMonitor": "azure", "dashboard": True}, "nodePrepull": {"agents": True}},
            )
        ),
        *(
            {"version": "1.2.3", "releases": [{"version": "1.2.3", "url": url, "sha256": "0" * 64}]}
            for url in ("https://example.com/docker.zip", 'https://example.com/"docker".zip')
        ),
    ),
    ("registry",): tuple(
        {"pullSecrets": [{"server": server, "username": "bot", "passwordSecret": "pull"} for server in servers]}
        for servers in (
            *(("ghcr.io",), ("ghcr.io", "docker.io"), ("ghcr.io", "ghcr.io")),
            ("ghcr.io", pull_secret_name("ghcr.io").removeprefix("pull-")),
        )
    ),
}

MADE_POOL: Choices = {
    "name": ("a", "lin", "win22", "linux123", "linuxbuilds1", "lin-1"),
    "os": ("linux", "linux", "windows"),
    "purpose": ("build", "build", "system"),
    "trust": ("trusted", "untrusted"),
    "vmSize": (
        None,
        "Standard_D4ds_v5",
        "Standard_D8s_v3",
        "Standard_A4_v2",
        "Standard_B4ms",
        "D8",
        "Standard_D8pds_v6",
    ),
    "osSku": (None, "Windows2022", "Windows2025"),
    "minCount": (0, 1, 2, 9),
    "maxCount": (1, 3, 64, 65, 200),
    "maxPods": (None, 10, 30, 250),
    "osDiskSizeGB": (None, 30, 64, 512),
    "osDiskType": (None, "Managed", "Ephemeral"),
    "zones": (None, [], ["1"], ["3", "1"], ["2", "2"]),
    "outboundNat": (None, True, False),
    "encryptionAtHost": (False, True),
    "upgrade": (
        *(
            {},
            {"maxSurge": "1"},
            {"maxSurge": "0"},
            {"maxSurge": "0", "maxUnavailable": "25%"},
            {"maxUnavailable": "1"},
        ),
        *({"maxSurge": "200%"}, {"drainMinutes": 5}, {"drainMinutes": 1440, "soakMinutes": 30}),
    ),
    "replacement": (None, "create-before-delete", "delete-before-create"),
    "labels": ({}, {"a": "b"}, {"kubernetes.azure.com/a": "b"}),
    "nodeSelector": ({}, {"a": "b"}),
    "taints": (None, [], [{"key": "sku", "value": "Windows"}]),
}
MADE: Mapping[tuple[str, ...], Sequence[Any]] = {
    ("network",): (
        *(
            {"virtualNetwork": text}
            for text in ("10.1.0.0/16", "10.1.0.0/27", "10.1.0.0/30", "10.1.1.0/16", "8.8.8.0/24")
        ),
        *({"pods": text} for text in ("10.128.0.0/9", "10.240.0.0/16", "172.30.0.0/16", "10.244.0.0/24")),
        *({"outbound": way} for way in ("nat-gateway", "load-balancer", "user-defined-routing")),
        *({"engine": "cilium"}, {"egressAddresses": 16}, {"policies": False}),
    ),
    ("registry",): ({"push": ["agents"]}, {"push": ["runners"]}, {"push": []}, {"sku": "Basic"}),
    ("keda",): ({"install": "add-on"}, {"install": "chart"}, {"install": "none"}, {"version": "2.17.0"}),
    ("arc",): ({"install": "chart"}, {"install": "none"}),
    ("platform", "kubernetesVersion"): ("1.28", "1.32", "1.36", "1.36.2", "1.37"),
    ("platform", "zones"): ([], ["1"], ["1", "1"]),
    ("platform", "controlPlane"): ({"count": 1}, {"vmSize": "large"}, {"address": "1.2.3.4"}, {"address": "1.2.3.400"}),
    ("platform", "adminGroups"): ([], [GUID]),
    ("platform", "windowsNodePools"): (True, False),
    ("platform", "existingCluster"): (None, azure_local.EXISTING),
    ("environment", "production"): (True, False),
    ("environment", "tags"): ({}, {"a": "b"}, {"owner": "me"}),
}


@st.composite
def clusters(draw: st.DrawFn, name: str) -> Sections:
    """The example of a platform that is made, with a pool or two and some sections changed."""
    sections: Sections = copy.deepcopy(CLUSTERS[name])
    # Whether the subscription has room for larger pools is not what this is about.
    sections["platform"].pop("vcpuQuota", None)
    for _ in range(draw(st.integers(0, 2))):
        pool = draw(st.sampled_from(sections["nodePools"]))
        for key in draw(st.lists(st.sampled_from(sorted(MADE_POOL)), max_size=2)):
            pool[key] = copy.deepcopy(draw(st.sampled_from(MADE_POOL[key])))
    if draw(st.booleans()):
        path = draw(st.sampled_from([path for path in sorted(MADE) if fits(name, path)]))
        holder = sections[path[0]] if len(path) == 2 else sections
        holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(MADE[path])))
    return sections


def fits(name: str, path: tuple[str, ...]) -> bool:
    """Whether the platform's section has the key at all: what it has not is refused, and shows nothing."""
    of_aks = path == ("platform", "zones")
    of_azure_local = path[-1] in ("controlPlane", "windowsNodePools", "existingCluster")
    return not of_azure_local if name == "aks" else not of_aks


@st.composite
def stack_files(draw: st.DrawFn) -> Sections:
    """One of the example stacks, cut down to one or two agent pools or runner sets, and some values changed."""
    sections: Sections = copy.deepcopy(draw(st.sampled_from(BASES)))
    # The rest would only take time: what one workload may be does not depend on one of another kind.
    section, key, choices, together, other = draw(
        st.sampled_from(
            [
                ("azureDevOps", "agentPools", AGENTS, AGENTS_TOGETHER, "github"),
                ("github", "runnerSets", RUNNERS, RUNNERS_TOGETHER, "azureDevOps"),
            ]
        )
    )
    sections.pop(other)
    items = sections[section][key]
    start = draw(st.integers(0, len(items) - 1))
    items[:] = items[start : start + draw(st.sampled_from([1, 1, 2]))]
    nodes = [pool["name"] for pool in sections["nodePools"]]
    used = [pool for pool in sections["nodePools"] if pool["name"] in {item["nodePool"] for item in items}]
    elsewhere = draw(st.sampled_from(["nowhere", "nowhere", "pool", "section"]))
    change(draw, items, {**choices, "nodePool": nodes}, draw(st.sampled_from(together)))
    if elsewhere == "pool":
        change(draw, used, POOL, [draw(st.sampled_from(sorted(POOL)))])
    if elsewhere == "section":
        path = draw(st.sampled_from([path for path in sorted(OTHERS) if path[0] != other]))
        holder = sections[path[0]] if len(path) == 2 else sections
        holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(OTHERS[path])))
    return sections


def change(draw: st.DrawFn, items: Sequence[Sections], choices: Choices, keys: Sequence[str]) -> None:
    """Give some keys of one item other values."""
    item = draw(st.sampled_from(items))
    for key in keys:
        item[key] = copy.deepcopy(draw(st.sampled_from(choices[key])))


def taken(sections: Sections) -> bool:
    try:
        validate(sections, secrets=secret_names(sections), stack="dev")
    except InvalidStack:
        return False
    return True


def repeated(monitor: RecordingMonitor) -> list[object]:
    """Resources and Kubernetes objects of which there are two of one name."""
    objects = [
        (one.inputs["apiVersion"], one.inputs["kind"], meta.get("namespace"), meta["name"])
        for one in monitor.registrations
        if (meta := one.inputs.get("metadata"))
    ]
    every = Counter[object]([*(one.urn for one in monitor.registrations), *objects])
    return [name for name, count in every.items() if count > 1]


def test_what_validation_takes_no_component_refuses_and_every_object_has_a_name_of_its_own() -> None:
    outcomes: Counter[bool] = Counter()

    @settings(max_examples=160, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sections=stack_files())
    def agree(sections: Sections) -> None:
        accepted = taken(sections)
        outcomes[accepted] += 1
        if accepted:
            monitor, _ = deployed(sections)
            assert repeated(monitor) == []

    agree()
    # Neither side may be so rare that nothing is shown.
    assert min(outcomes[True], outcomes[False]) > 20, outcomes


def test_what_validation_takes_of_azure_local_is_made_and_every_object_has_a_name_of_its_own() -> None:
    outcomes: Counter[bool] = Counter()

    @settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sections=clusters("azure-local"))
    def agree(sections: Sections) -> None:
        accepted = taken(sections)
        outcomes[accepted] += 1
        if accepted:
            monitor, _ = azure_local.made(sections)
            assert repeated(monitor) == []

    agree()
    assert min(outcomes[True], outcomes[False]) > 5, outcomes


def test_what_validation_takes_of_aks_has_pools_with_names_of_their_own_and_networks_that_hold_them() -> None:
    outcomes: Counter[bool] = Counter()

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sections=clusters("aks"))
    def agree(sections: Sections) -> None:
        accepted = taken(sections)
        outcomes[accepted] += 1
        if accepted:
            computed(validate(sections, secrets=secret_names(sections)))

    agree()
    assert min(outcomes[True], outcomes[False]) > 20, outcomes


def computed(stack: StackSettings) -> None:
    """What of a stack on AKS is computed before anything is registered."""
    platform = stack.platform
    assert isinstance(platform, AksPlatform)
    network = replace(NETWORK, made=(cast(Any, None),))
    profiles = {pool.name: aks_pools.profile(stack, platform, pool, network, stack="aks") for pool in stack.node_pools}
    names = [aks_pools.azure_name(pool, profiles[pool.name]) for pool in stack.node_pools]
    assert len(set(names)) == len(names)
    for pool, name in zip(stack.node_pools, names, strict=True):
        limit = names_of.AKS_WINDOWS_POOL if pool.os == "windows" else names_of.AKS_POOL
        assert limit.allows(name)
    assert aks_pools.inline(stack).os == "linux"
    quarters = azure_network.quarters(stack.network.virtual_network)
    assert len(quarters) == len(azure_network.QUARTERS)
    for subjects in azure_identities.wanted(stack).values():
        assert 1 <= len(subjects) <= 20
    assert operators.keda_from(stack, made=True) in ("add-on", "chart", "none")


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_no_capability_hides_a_variable_that_agents_live_by(name: str) -> None:
    assert capability_is_reserved(name)
    assert capability_is_reserved(name.lower())
