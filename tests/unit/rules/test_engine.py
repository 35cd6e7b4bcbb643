"""Docker Engine's section: archives, folders, registries, and the nodes it is on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.docker_engine.supervisor_settings import INSTALL_ROOT
from rules import engine_daemon, engine_nodes, engine_versions
from rules.engine_facts import EngineFacts, EnginePoolFacts, PruneFacts, ReleaseFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.tables.docker_engine import LINUX_ONLY_KEYS, RESERVED_KEYS
from tests.unit.rules.cases import Check, passes, refused, text

RELEASE = ReleaseFacts(path="dockerEngine.releases[0]", version="29.3.0")
ENGINE = EngineFacts(
    version="29.2.1",
    releases=(),
    configuration={},
    data_root="C:\\ProgramData\\docker",
    mirrors=(),
    insecure_registries=(),
    credential_specs={},
    prune=PruneFacts(below_gib=20, floor_gib=10),
    smoke_images={},
    port=9324,
    engine_port=ABSENT,
    pod_monitor="off",
    alerts=False,
    agents_per_node=ABSENT,
    pools=(),
)
AKS = PlatformFacts(kind="aks", existing_cluster=ABSENT)
LOCAL = PlatformFacts(kind="azure-local", existing_cluster=ABSENT)
FOUND = PlatformFacts(kind="existing-cluster")
WIN = PoolFacts(
    path="nodePools[0]",
    name="w22",
    os="windows",
    purpose="build",
    vm_size="Standard_D8ds_v5",
    os_sku="Windows2022",
    os_disk_gb=ABSENT,
    min_count=1,
    max_count=4,
)
LIN = PoolFacts(path="nodePools[1]", name="lin", os="linux", purpose="build", min_count=0, max_count=4)
OWN = EnginePoolFacts(path="dockerEngine.nodePools[0]", name="w22")
D = "D:\\docker"


def on(engine: EngineFacts, platform: PlatformFacts = AKS, *pools: PoolFacts) -> Check:
    """The rules about nodes."""
    return lambda: engine_nodes.check(engine, platform, pools or (WIN, LIN))


def of(**facts: object) -> Check:
    """The rules about the daemon."""
    return lambda: engine_daemon.check(replace(ENGINE, **facts))  # type: ignore[arg-type]  # by name, from the case


def versions(**facts: object) -> Check:
    """The rules about versions."""
    return lambda: engine_versions.check(replace(ENGINE, **facts))  # type: ignore[arg-type]  # likewise


@passes(
    ("version of the table", versions()),
    ("version of the stack", versions(version="29.3.0", releases=(RELEASE,))),
    (
        "version of a release that cannot be read",
        versions(version="29.4.0", releases=(replace(RELEASE, version=None),)),
    ),
    ("archive", versions(releases=(replace(RELEASE, url="https://a/b.zip"),))),
    ("version of an image that is named", versions(pools=(replace(OWN, version="28.0.2", image="a/b:1"),))),
    ("nothing known", lambda: [*engine_daemon.check(EngineFacts()), *engine_versions.check(EngineFacts())]),
    ("nothing known of nodes", on(EngineFacts(), PlatformFacts())),
    ("daemon", of(configuration={"max-concurrent-downloads": 6}, mirrors=("https://m.contoso.com/hub",))),
    ("mirror that may be insecure", of(mirrors=("http://m:5000",), insecure_registries=("m:5000", "10.0.0.0/16"))),
    (
        "mirror in a network that may be insecure",
        of(mirrors=("http://10.1.2.3:5000/hub", "http://[fd00::1]"), insecure_registries=("10.0.0.0/8", "fd00::/8")),
    ),
    (
        "mirror on the node itself",
        of(mirrors=("http://127.0.0.9:5000", "http://localhost:5000", "http://localhost", "http://[::1]:5000")),
    ),
    ("credential specs that differ", of(credential_specs={"com.json": {"a": 1}, "com10.json": {"a": 1}})),
    ("proxy", of(proxies={"dockerEngine.proxy.http": "http://proxy.contoso.com:3128"})),
    ("credential specs", of(credential_specs={"web-app_1.json": {"CmsPlugins": []}, "b.json": '{"a": 1}'})),
    ("data root below a folder of many", of(data_root="D:\\Users\\docker")),
    ("data root beside a system's folder", of(data_root="C:\\ProgramData\\containerd-data")),
    ("data root called as a system's folder, but elsewhere", of(data_root="C:\\docker\\windows")),
    ("defaults on a node", on(ENGINE)),
    ("temporary disk", on(replace(ENGINE, data_root=D))),
    (
        "temporary disk of a size that cannot be read",
        on(replace(ENGINE, data_root=D), AKS, replace(WIN, vm_size="huge")),
    ),
    ("any drive of nodes that are found", on(replace(ENGINE, data_root="E:\\docker"), FOUND)),
    (
        "a drive that one pool alone has",
        on(
            replace(ENGINE, pools=(replace(OWN, data_root=D),)),
            AKS,
            WIN,
            replace(WIN, name="w25", vm_size="Standard_D8s_v5"),
        ),
    ),
    (
        "a pool that is spared the drive of all",
        on(
            replace(ENGINE, data_root=D, pools=(replace(OWN, name="w25", data_root="C:\\d"),)),
            AKS,
            WIN,
            replace(WIN, name="w25", vm_size="Standard_D8s_v5"),
        ),
    ),
    ("one agent a node of an empty pool", on(replace(ENGINE, agents_per_node=1), AKS, replace(WIN, min_count=0))),
    ("two agents a node", on(replace(ENGINE, agents_per_node=2))),
    ("ports", on(replace(ENGINE, port=9400, engine_port=9323))),
    ("smoke image", on(replace(ENGINE, smoke_images={"Windows2025": "a/b:1-ltsc2022"}))),
    ("alerts", on(replace(ENGINE, alerts=True, pod_monitor="prometheus-operator"))),
    ("name of a pool that a label just holds", on(ENGINE, FOUND, replace(WIN, name="a" * 34))),
    ("a pool that cannot be read", on(ENGINE, AKS, replace(WIN, purpose=None))),
    ("two versions", on(replace(ENGINE, pools=(replace(OWN, version="29.3.0"),)))),
    ("two images", on(replace(ENGINE, image="a/b:1", pools=(replace(OWN, version="29.3.0", image="a/b:2"),)))),
    (
        "below of a disk that holds it",
        on(replace(ENGINE, prune=PruneFacts(below_gib=28, floor_gib=27)), AKS, replace(WIN, os_disk_gb=64)),
    ),
    ("below of a disk that is not Docker's", on(replace(ENGINE, data_root=D), AKS, replace(WIN, os_disk_gb=50))),
)
def test_a_sound_section_passes(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "version without checksum",
        versions(version="28.0.2", releases=(RELEASE,)),
        """
engine-version: dockerEngine.version
  given: "28.0.2"
  allowed: a version with a known checksum: 29.2.1 or 29.3.0
  fix: name one of them, or add yours to dockerEngine.releases with version, url and sha256
""",
    ),
    (
        "version of a pool without checksum",
        versions(pools=(replace(OWN, version="28.0.2"),)),
        """
engine-version: dockerEngine.nodePools[0].version
  given: "28.0.2"
  allowed: a version with a known checksum: 29.2.1
  fix: name one of them, or add yours to dockerEngine.releases with version, url and sha256
""",
    ),
    (
        "releases twice",
        versions(releases=(RELEASE, replace(RELEASE, path="r[1]"), ReleaseFacts(path="r[2]", version="29.2.1"))),
        """
engine-release-duplicate: r[1].version
  given: "29.3.0"
  allowed: versions that stand once; dockerEngine.releases[0].version has this one
  fix: remove the entry
engine-release-duplicate: r[2].version
  given: "29.2.1"
  allowed: versions that stand once; this version of Buildfleet has this one
  fix: remove the entry
""",
    ),
    (
        "archive with a quote",
        versions(releases=(replace(RELEASE, url='https://a/"b".zip'),)),
        """
engine-release-url: dockerEngine.releases[0].url
  given: "https://a/\\"b\\".zip"
  allowed: an address that starts with https:// and has no blanks and no quotes
  fix: write a quote in it as %22
""",
    ),
    (
        "configuration",
        of(configuration={"hosts": [], "live-restore": 1}),
        """
engine-configuration-reserved: dockerEngine.configuration.hosts
  given: "hosts"
  allowed: keys of daemon.json other than containerd, data-root, group, hosts, insecure-registries,
    log-driver, log-opts, metrics-addr, pidfile, proxies, registry-mirrors, tls, tlscacert, tlscert, tlskey
    and tlsverify
  fix: leave it out: the engine listens on its named pipe only, as a TCP listener makes everyone who reaches
    it administrator of the node
engine-configuration-linux: dockerEngine.configuration.live-restore
  given: "live-restore"
  allowed: keys that dockerd has on Windows: with another in its file it does not start
  fix: remove it
""",
    ),
    (
        "data root of nobody's own",
        of(data_root="C:\\Windows\\docker", pools=(replace(OWN, data_root="c:\\Users"),)),
        """
engine-data-root: dockerEngine.dataRoot
  given: "C:\\\\Windows\\\\docker"
  allowed: a folder of its own, with nothing of Windows, Kubernetes or Buildfleet in or around it: it is
    deleted when the engine is removed from a node
  fix: name one like C:\\ProgramData\\docker
engine-data-root: dockerEngine.nodePools[0].dataRoot
  given: "c:\\\\Users"
  allowed: a folder of its own, with nothing of Windows, Kubernetes or Buildfleet in or around it: it is
    deleted when the engine is removed from a node
  fix: name one like C:\\ProgramData\\docker
""",
    ),
    (
        "data root in our folder",
        of(data_root="C:\\Program Files\\Buildfleet\\docker"),
        """
engine-data-root: dockerEngine.dataRoot
  given: "C:\\\\Program Files\\\\Buildfleet\\\\docker"
  allowed: a folder of its own, with nothing of Windows, Kubernetes or Buildfleet in or around it: it is
    deleted when the engine is removed from a node
  fix: name one like C:\\ProgramData\\docker
""",
    ),
    (
        "data root with a detour",
        of(data_root="C:\\a\\..\\Windows"),
        """
engine-data-root: dockerEngine.dataRoot
  given: "C:\\\\a\\\\..\\\\Windows"
  allowed: a folder of its own, with nothing of Windows, Kubernetes or Buildfleet in or around it: it is
    deleted when the engine is removed from a node
  fix: name one like C:\\ProgramData\\docker
""",
    ),
    (
        "mirror without scheme",
        of(mirrors=("mirror.contoso.com", "ftp://m", "https://m?a=b")),
        """
engine-mirror: dockerEngine.mirrors[0]
  given: "mirror.contoso.com"
  allowed: a URL of scheme and host, without user, query and fragment
  fix: write "https://mirror.contoso.com"
engine-mirror: dockerEngine.mirrors[1]
  given: "ftp://m"
  allowed: a URL of scheme and host, without user, query and fragment
  fix: write it like "https://mirror.contoso.com"
engine-mirror: dockerEngine.mirrors[2]
  given: "https://m?a=b"
  allowed: a URL of scheme and host, without user, query and fragment
  fix: write it like "https://mirror.contoso.com"
""",
    ),
    (
        "mirror without encryption",
        of(mirrors=("http://m:5000/hub",)),
        """
engine-mirror-insecure: dockerEngine.mirrors[0]
  given: "http://m:5000/hub"
  allowed: https://, or http:// for a host in dockerEngine.insecureRegistries: what is not encrypted is said
    twice, so that nobody does it by mistake
  fix: write https://, or add "m:5000" to dockerEngine.insecureRegistries
""",
    ),
    (
        "mirror in no network that may be insecure",
        of(mirrors=("http://11.1.2.3:5000",), insecure_registries=("10.0.0.0/8", "m", "a/b", "fd00::/8")),
        """
engine-mirror-insecure: dockerEngine.mirrors[0]
  given: "http://11.1.2.3:5000"
  allowed: https://, or http:// for a host in dockerEngine.insecureRegistries: what is not encrypted is said
    twice, so that nobody does it by mistake
  fix: write https://, or add "11.1.2.3:5000" to dockerEngine.insecureRegistries
""",
    ),
    (
        "credential specs that Windows cannot tell apart, or that are devices",
        of(
            credential_specs={"Web.json": {"a": 1}, "web.json": {"a": 1}, "NUL.json": {"a": 1}, "com1.a.json": {"a": 1}}
        ),
        """
engine-credential-spec-name: dockerEngine.credentialSpecs["NUL.json"]
  given: "NUL.json"
  allowed: names of files: on Windows this one is a device, whatever its ending
  fix: write it like webapp.json, and use it as credentialspec=file://webapp.json
engine-credential-spec-name: dockerEngine.credentialSpecs["com1.a.json"]
  given: "com1.a.json"
  allowed: names of files: on Windows this one is a device, whatever its ending
  fix: write it like webapp.json, and use it as credentialspec=file://webapp.json
engine-credential-spec-duplicate: dockerEngine.credentialSpecs["web.json"]
  given: "web.json"
  allowed: a file of dockerEngine.credentialSpecs, of which Windows does not tell the case, that no other has;
    dockerEngine.credentialSpecs["Web.json"] is the same
  fix: rename one of the two
""",
    ),
    (
        "registry with a scheme",
        of(insecure_registries=("http://m",)),
        """
engine-insecure-registry: dockerEngine.insecureRegistries[0]
  given: "http://m"
  allowed: a host, a host and a port, or a network
  fix: write it like registry.contoso.com:5000 or 10.0.0.0/16
""",
    ),
    (
        "proxy with a password",
        of(proxies={"dockerEngine.proxy.http": "http://bot:hunter2@proxy:3128"}),
        """
engine-proxy-credentials: dockerEngine.proxy.http
  given: "http://***@proxy:3128"
  allowed: a proxy without user and password: they would stand in a ConfigMap and on every node
  fix: remove them, and let the proxy know the nodes by their addresses
""",
    ),
    (
        "credential specs",
        of(credential_specs={"a": {"b": 1}, "b.json": "{", "c\\d.json": {"b": 1}, "d.json": 1}),
        """
engine-credential-spec-name: dockerEngine.credentialSpecs.a
  given: "a"
  allowed: the name of a file that ends with .json: letters, digits, dots, hyphens and underscores
  fix: write it like webapp.json, and use it as credentialspec=file://webapp.json
engine-credential-spec: dockerEngine.credentialSpecs["b.json"]
  given: a text that is no JSON object
  allowed: a gMSA credential spec: a map, or a JSON object as text
  fix: paste what New-CredentialSpec has written
engine-credential-spec-name: dockerEngine.credentialSpecs["c\\\\d.json"]
  given: "c\\\\d.json"
  allowed: the name of a file that ends with .json: letters, digits, dots, hyphens and underscores
  fix: write it like webapp.json, and use it as credentialspec=file://webapp.json
engine-credential-spec: dockerEngine.credentialSpecs["d.json"]
  given: 1
  allowed: a gMSA credential spec: a map, or a JSON object as text
  fix: paste what New-CredentialSpec has written
""",
    ),
    (
        "a drive that no machine has",
        on(replace(ENGINE, data_root="E:\\docker")),
        """
engine-data-root-drive: dockerEngine.dataRoot
  given: "E:\\\\docker", for pool "w22"
  allowed: drive C:, or D: where the size of the pool's machines has a temporary disk; from version 6 on that
    comes raw, without a drive
  fix: write C:\\ProgramData\\docker
""",
    ),
    (
        "a size without temporary disk",
        on(replace(ENGINE, data_root=D), AKS, replace(WIN, vm_size="Standard_D8s_v5")),
        """
engine-data-root-drive: dockerEngine.dataRoot
  given: "D:\\\\docker", for pool "w22"
  allowed: drive C:, or D: where the size of the pool's machines has a temporary disk; from version 6 on that
    comes raw, without a drive
  fix: write C:\\ProgramData\\docker, or choose a size with the letter d and a version before it, for example
    Standard_D8ds_v5
""",
    ),
    (
        "a size without temporary disk on one pool",
        on(replace(ENGINE, pools=(replace(OWN, data_root=D),)), AKS, replace(WIN, vm_size="Standard_D8s_v5")),
        """
engine-data-root-drive: dockerEngine.nodePools[0].dataRoot
  given: "D:\\\\docker", for pool "w22"
  allowed: drive C:, or D: where the size of the pool's machines has a temporary disk; from version 6 on that
    comes raw, without a drive
  fix: write C:\\ProgramData\\docker, or choose a size with the letter d and a version before it, for example
    Standard_D8ds_v5
""",
    ),
    (
        "a size whose temporary disk comes raw",
        on(replace(ENGINE, data_root=D), AKS, replace(WIN, vm_size="Standard_D8ds_v6")),
        """
engine-data-root-drive: dockerEngine.dataRoot
  given: "D:\\\\docker", for pool "w22"
  allowed: drive C:, or D: where the size of the pool's machines has a temporary disk; from version 6 on that
    comes raw, without a drive
  fix: write C:\\ProgramData\\docker, or choose a size with the letter d and a version before it, for example
    Standard_D8ds_v5
""",
    ),
    (
        "no pool for it",
        on(ENGINE, AKS, LIN),
        """
engine-no-pool: dockerEngine
  given: no Windows build pool
  allowed: dockerEngine with a node pool of os: windows and purpose: build, as only these have the engine
  fix: add such a pool to nodePools, or remove dockerEngine
""",
    ),
    (
        "a second drive on Azure Local",
        on(replace(ENGINE, data_root=D), LOCAL),
        """
engine-data-root-drive: dockerEngine.dataRoot
  given: "D:\\\\docker", for pool "w22"
  allowed: drive C:, the only one of nodes that AKS on Azure Local makes
  fix: write C:\\ProgramData\\docker
""",
    ),
    (
        "floor at the threshold",
        on(replace(ENGINE, prune=PruneFacts(below_gib=10, floor_gib=10))),
        """
engine-prune-floor: dockerEngine.prune.floorGiB
  given: 10
  allowed: less than belowGiB, which is 10: below that a node is cleaned, and below the floor it is out of
    service
  fix: write 5, or raise belowGiB
""",
    ),
    (
        "threshold that the disk cannot reach",
        on(ENGINE, AKS, replace(WIN, os_sku="Windows2025", os_disk_gb=64)),
        """
engine-prune-disk: dockerEngine.prune.belowGiB
  given: 20, for pool "w22"
  allowed: less than 19: the pool's disk, without what the node image takes of it; else it would be cleaned
    all the time
  fix: give the pool a larger osDiskSizeGB, or write 4
""",
    ),
    (
        "threshold of a pool that its disk cannot reach",
        on(
            replace(
                ENGINE,
                pools=(
                    replace(OWN, prune=PruneFacts(path="dockerEngine.nodePools[0].prune", below_gib=500, floor_gib=1)),
                ),
            )
        ),
        """
engine-prune-disk: dockerEngine.nodePools[0].prune.belowGiB
  given: 500, for pool "w22"
  allowed: less than 221: the pool's disk, without what the node image takes of it; else it would be cleaned
    all the time
  fix: give the pool a larger osDiskSizeGB, or write 55
""",
    ),
    (
        "port of another exporter",
        on(replace(ENGINE, port=19182, engine_port=30001)),
        """
engine-port: dockerEngine.metrics.port
  given: 19182
  allowed: a port that nothing else on a node listens on; this one is for the Prometheus exporter that AKS
    installs
  fix: leave it out, or choose another one below 30000
engine-port: dockerEngine.metrics.enginePort
  given: 30001
  allowed: a port that nothing else on a node listens on; this one is for services of type NodePort
  fix: leave it out, or choose another one below 30000
""",
    ),
    (
        "one port for two",
        on(replace(ENGINE, engine_port=9324)),
        """
engine-port: dockerEngine.metrics.enginePort
  given: 9324
  allowed: a port that nothing else on a node listens on; this one is for the other of the two
  fix: leave it out, or choose another one below 30000
""",
    ),
    (
        "pools without the engine",
        on(replace(ENGINE, pools=(replace(OWN, name="lin"), OWN, replace(OWN, path="p[2]")))),
        """
engine-pool: dockerEngine.nodePools[0].name
  given: "lin"
  allowed: Windows build pools: w22
  fix: remove the entry
engine-pool-duplicate: p[2].name
  given: "w22"
  allowed: a pool of dockerEngine.nodePools that no other has; dockerEngine.nodePools[0].name is the same
  fix: rename one of the two
""",
    ),
    (
        "name of a pool that no label holds",
        on(ENGINE, FOUND, replace(WIN, name="a" * 35)),
        """
engine-pool-name: nodePools[0].name
  given: 35 characters
  allowed: at most 34 with dockerEngine: `engine-smoke-test-NAME-0123456789` is the value of a label
  fix: shorten it; nodeSelector finds the nodes, whatever the name is here
""",
    ),
    (
        "version that the image has not",
        on(replace(ENGINE, image="a/b:1", pools=(replace(OWN, version="29.3.0"),))),
        """
engine-pool-image: dockerEngine.nodePools[0].version
  given: "29.3.0"
  allowed: the version of images.dockerEngine, which is 29.2.1: an image has the binaries of one
  fix: add image beside it, with an image of 29.3.0, or remove images.dockerEngine
""",
    ),
    (
        "two agents a node of an empty pool",
        on(replace(ENGINE, agents_per_node=2), AKS, replace(WIN, min_count=0)),
        """
engine-agents-per-node: dockerEngine.agentsPerNode
  given: 2, with minCount 0 on w22
  allowed: 1, or more where each Windows build pool has a minCount of 1 or more: nodes offer the places
    themselves, so an autoscaler does not know that a first node of an empty pool would
  fix: set minCount to 1 on w22, or write 1
""",
    ),
    (
        "smoke images",
        on(replace(ENGINE, smoke_images={"Windows2022": "a/b:ltsc2025", "windows2025": "a/b:1"})),
        """
image-windows: dockerEngine.smoke.images.Windows2022
  given: "a/b:ltsc2025", made on ltsc2025, for pool "any" of Windows2022
  allowed: images made on ltsc2022 for pools of Windows2022: a Windows container runs only on the Windows
    Server that it is made for
  fix: rebuild the image on ltsc2022, or name a pool of Windows2025
engine-smoke-image: dockerEngine.smoke.images.windows2025
  given: "windows2025"
  allowed: Windows2022 or Windows2025
  fix: did you mean "Windows2025"?
""",
    ),
    (
        "alerts that nobody reads",
        on(replace(ENGINE, alerts=True, pod_monitor="azure")),
        """
engine-alerts: dockerEngine.monitoring.alerts
  given: true
  allowed: true with podMonitor: prometheus-operator; Azure's managed Prometheus has its rules in Azure
  fix: set podMonitor: prometheus-operator, or remove alerts
""",
    ),
)
def test_what_would_fail_on_a_node_is_refused_with_the_fix(check: Check, said: str) -> None:
    assert text(check()) == said


def test_every_reserved_key_is_refused_with_what_to_do_instead_in_whatever_case() -> None:
    for key, fix in RESERVED_KEYS.items():
        for written in (key, key.upper()):
            assert f"fix: {fix.split(':')[0]}" in text(of(configuration={written: 1})()), written


def test_every_key_that_only_linux_has_is_refused_in_whatever_case() -> None:
    # Read in moby/moby's daemon/command/config_unix.go.
    flags = {"bip", "bip6", "default-gateway", "default-gateway-v6", "fixed-cidr-v6", "icc", "ip", "ipv6", "runtimes"}
    flags |= {
        "allow-direct-routing",
        "bridge-accept-fwmark",
        "firewall-backend",
        "ip-forward-no-drop",
        "storage-driver",
    }
    assert flags <= LINUX_ONLY_KEYS
    for key in LINUX_ONLY_KEYS:
        for written in (key, key.title()):
            assert "engine-configuration-linux" in text(of(configuration={written: 1})()), written
    assert text(of(configuration={"fixed-cidr": "", "bridge": "", "storage-opts": [], "mtu": 1, "dns": []})()) == ""


@pytest.mark.parametrize(
    "folder",
    [
        r"C:\ProgramData\containerd",
        r"C:\ProgramData\Containerd\root",
        r"C:\ProgramData\Microsoft\docker",
        r"C:\ProgramData\buildfleet\docker-engine",
        r"C:\Program Files\containerd",
        r"C:\Program Files\\buildfleet\\docker",
        r"C:\Program Files\buildfleet.\docker",
        r"C:\PROGRA~1\buildfleet",
        r"C:\var",
        r"C:\var\lib",
        r"C:\var\lib\kubelet\pods",
        r"C:\etc",
        r"C:\etc\kubernetes",
        r"C:\AzureData",
        r"C:\\Windows\\docker",
        r"C:\k",
        r"C:\k\docker",
        INSTALL_ROOT,
    ],
)
def test_a_data_root_is_never_where_its_removal_would_take_what_others_need(folder: str) -> None:
    assert text(of(data_root=folder)()).startswith("engine-data-root: dockerEngine.dataRoot"), folder


def test_a_password_in_a_proxy_is_not_repeated() -> None:
    assert "hunter2" not in text(of(proxies={"dockerEngine.proxy.http": "http://bot:hunter2@proxy:3128"})())
