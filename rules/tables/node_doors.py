"""Doors of a node: sockets, pipes and ports of container runtimes, and what a container may have without opening one.

Patterns are in the syntax that Python's `re` and RE2 share, for texts in lower case with slashes only; see
`rules.policies.node_paths`.
"""

from __future__ import annotations

from typing import Final

ENGINE_PIPE: Final = "//pipe/docker_engine"
r"""`\\.\pipe\docker_engine` as `node_paths.normal` writes it: dockerd's default on Windows (moby/moby,
daemon/config/config_windows.go, read 2026-11)."""
ENGINE_PIPE_DEFAULT: Final = "//"
"""`npipe://` alone, which dockerd and docker take for the same pipe (docker/cli, opts/hosts.go, read 2026-11)."""

# Folders and sockets: the defaults of containerd, CRI-O, cri-dockerd, dockershim, Docker, Podman, BuildKit and k3s,
# https://kubernetes.io/docs/setup/production-environment/container-runtimes/ and their own documentation, read 2026-11.
RUNTIME_FOLDERS: Final = r"(^|/)run/(buildkit|containerd|cri-dockerd|crio|docker|dockershim|k3s|podman)(\.sock)?/"
RUNTIME_SOCKETS: Final = r"(buildkit|containerd|cri-dockerd|crio|docker|dockershim|podman)[^/]*\.sock/"
RUNTIME_PARENTS: Final = ("/", "var/", "run/", "var/run/")
"""What holds all of them, without the slash in front but with one at the end. `/var/run` is a link to `/run`."""
RUNTIME_PIPES: Final = r"(buildkit|containerd|cri-dockerd|cri-o|crio|dockershim|podman)"

ENGINE_PORTS: Final = (2375, 2376)
"""Of the Docker Engine over TCP, without and with TLS: https://www.iana.org/assignments/service-names-port-numbers."""

DEVICE_FOLDERS: Final = ("/dev", "/sys/fs/cgroup")
"""Folders of the node that a container with a Docker daemon of its own may need; one that is privileged has the devices
and can mount the control groups anyway."""

# Pod Security Standards, Baseline: https://kubernetes.io/docs/concepts/security/pod-security-standards/, read 2026-11.
HARMLESS_CAPABILITIES: Final = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
"""Those that runtimes give to every container."""

APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
"""Prefix of the annotations that `appArmorProfile` replaces since Kubernetes 1.30, and that still count."""

# https://learn.microsoft.com/virtualization/windowscontainers/manage-containers/container-security, read 2026-11.
WINDOWS_ADMINISTRATORS: Final = r"(?:.*\\)?(?:containeradministrator|administrators?|system|local ?system)"
"""User names with an administrator's rights, in lower case."""
