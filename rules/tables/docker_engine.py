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
    "metrics-addr": "leave it out: the supervisor reports the engine's metrics",
    "tls": "leave it out: the engine listens on its named pipe only",
    "tlsverify": "leave it out: the engine listens on its named pipe only",
    "tlscacert": "leave it out: the engine listens on its named pipe only",
    "tlscert": "leave it out: the engine listens on its named pipe only",
    "tlskey": "leave it out: the engine listens on its named pipe only",
}

# Flags that only Linux builds of dockerd define, so that a Windows dockerd with one in its file does not start.
# moby/moby cmd/dockerd/config_unix.go against config_windows.go, read 2026-11.
LINUX_ONLY_KEYS: Final = frozenset(
    {
        "cgroup-parent",
        "cpu-rt-period",
        "cpu-rt-runtime",
        "default-cgroupns-mode",
        "default-ipc-mode",
        "default-shm-size",
        "default-ulimits",
        "init",
        "init-path",
        "ip-forward",
        "ip-masq",
        "ip6tables",
        "iptables",
        "live-restore",
        "no-new-privileges",
        "rootless",
        "seccomp-profile",
        "selinux-enabled",
        "userland-proxy",
        "userland-proxy-path",
        "userns-remap",
    }
)
