"""Docker Engine for Windows: releases whose archive we know byte for byte, and keys of its `daemon.json`.

Docker publishes no checksums; a row is added only after its archive was downloaded and hashed, or from a source that
did so independently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class EngineRelease:
    """One release: a zip archive with `docker\\dockerd.exe` and `docker\\docker.exe`."""

    version: str
    url: str
    sha256: str
    source: str


ENGINE_RELEASES: Final = {
    release.version: release
    for release in (
        EngineRelease(
            version="29.2.1",
            url="https://download.docker.com/win/static/stable/x86_64/docker-29.2.1.zip",
            sha256="5a9c58d0438139940b7116b671f16a87c966caf923916fadcfab311c574f45b6",
            source="ScoopInstaller/Main bucket/docker.json, read 2026-08",
        ),
    )
}

# Keys that the engine component writes itself, each with what to do instead.
RESERVED_KEYS: Final = {
    "data-root": "set dockerEngine.dataRoot",
    "hosts": "leave it out: the engine listens on its named pipe only, as a TCP listener makes everyone who reaches it "
    "administrator of the node",
    "group": "leave it out: the pipe is for administrators, which agents' containers are",
    "containerd": "leave it out: sharing the node's containerd mixes the engine's containers with the kubelet's",
    "pidfile": "leave it out: the service manager knows the process",
    "metrics-addr": "set dockerEngine.metrics.enginePort",
    "registry-mirrors": "set dockerEngine.mirrors",
    "insecure-registries": "set dockerEngine.insecureRegistries",
    "proxies": "set dockerEngine.proxy",
    "log-driver": "set dockerEngine.logLimits: the driver is json-file, whose files `docker logs` reads",
    "log-opts": "set dockerEngine.logLimits",
    "tls": "leave it out: the engine listens on its named pipe only",
    "tlsverify": "leave it out: the engine listens on its named pipe only",
    "tlscacert": "leave it out: the engine listens on its named pipe only",
    "tlscert": "leave it out: the engine listens on its named pipe only",
    "tlskey": "leave it out: the engine listens on its named pipe only",
}

# Flags that only Linux builds of dockerd define, so that a Windows dockerd with one in its file does not start.
# moby/moby daemon/command/config_unix.go against config_windows.go and config.go, read 2026-11.
LINUX_ONLY_KEYS: Final = frozenset(
    {
        "allow-direct-routing",
        "bip",
        "bip6",
        "bridge-accept-fwmark",
        "cgroup-parent",
        "cpu-rt-period",
        "cpu-rt-runtime",
        "default-cgroupns-mode",
        "default-gateway",
        "default-gateway-v6",
        "default-ipc-mode",
        "default-shm-size",
        "default-ulimits",
        "firewall-backend",
        "fixed-cidr-v6",
        "icc",
        "init",
        "init-path",
        "ip",
        "ip-forward",
        "ip-forward-no-drop",
        "ip-masq",
        "ip6tables",
        "iptables",
        "ipv6",
        "live-restore",
        "no-new-privileges",
        "rootless",
        "runtimes",
        "seccomp-profile",
        "selinux-enabled",
        "storage-driver",
        "userland-proxy",
        "userland-proxy-path",
        "userns-remap",
    }
)

SUPERVISOR_PORT: Final = 9324
"""Of the supervisor's metrics and probes: the one after 9323, which Docker's documentation gives to the engine's own
(https://docs.docker.com/engine/daemon/prometheus/, read 2026-11)."""

NODE_PORTS: Final = {
    3389: "remote desktop",
    5985: "Windows remote management",
    5986: "Windows remote management",
    9182: "the Prometheus exporter of Windows",
    10249: "kube-proxy",
    10250: "the kubelet",
    10256: "kube-proxy",
    19182: "the Prometheus exporter that AKS installs",
}
"""Ports from 1024 on that something else on a Windows node listens on. 19182: Azure/AgentBaker, read 2026-08-21; 9182:
prometheus-community/windows_exporter, read 2026-08-07; the others by the documentation of Kubernetes and Windows."""
NODE_PORT_RANGE: Final = range(30000, 32768)
"""Kubernetes' services of type NodePort take theirs from here on every node."""

SMOKE_REPOSITORY: Final = "mcr.microsoft.com/windows/nanoserver"
"""Tagged by Windows Server, and the smallest that runs on it."""

DRIVE_OF_SYSTEM: Final = "C"
DRIVE_OF_TEMPORARY_DISK: Final = "D"
"""Where Azure mounts a machine's own disk on Windows: Microsoft Learn "Azure managed disk types, temporary disk", as
known on 2026-11-22 and not read again then. Not with sizes whose disk comes raw:
`vm_sizes.TEMPORARY_DISK_IS_RAW_FROM`."""

# A removal of the engine deletes the data root, and these folders hold what is not Docker's.
SHARED_FOLDERS: Final = frozenset({"program files", "program files (x86)", "programdata", "users", "temp", "var"})
"""Folders at the root of a drive of which a folder inside may be the data root, but not they themselves."""
SYSTEM_FOLDERS: Final = (
    "$recycle.bin",
    "azuredata",
    "etc\\kubernetes",
    "k",
    "program files\\buildfleet",
    "program files\\containerd",
    "programdata\\buildfleet",
    "programdata\\containerd",
    "programdata\\microsoft",
    "recovery",
    "system volume information",
    "var\\lib\\kubelet",
    "windows",
)
"""Folders, on whatever drive, that the data root may neither be, nor be in, nor hold: those of Windows, of AKS
(Azure/AgentBaker staging/cse/windows: k, AzureData, containerd; as known on 2026-11-22 and not read again then), of the
kubelet, and ours. In small letters."""
RESERVED_FILE_NAMES: Final = frozenset(
    {"aux", "con", "nul", "prn", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
"""Names of devices, with whatever ending: Microsoft Learn "Naming files, paths, and namespaces", as known on 2026-11-22
and not read again then."""
