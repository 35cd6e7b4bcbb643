"""`daemon.json` of the engine on a Windows node.

Owns the keys that make the engine safe on a shared node, and those that have an argument of their own. Users add the
rest; `dockerd --validate` on the node has the last word before anything is started.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components import contract
from rules.tables.docker_engine import RESERVED_KEYS


@dataclass(frozen=True, kw_only=True)
class DaemonArgs:
    """What the engine is configured with."""

    data_root: str = r"C:\ProgramData\docker"
    """Folder of images and containers, on the node."""
    mirrors: Sequence[str] = ()
    """Mirrors of Docker Hub, as URLs, in the order in which they are asked."""
    insecure_registries: Sequence[str] = ()
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: Sequence[str] = ()
    log_max_size_mib: int = 10
    """Of one file with a container's output."""
    log_max_files: int = 3
    metrics_port: int | None = None
    """Of the engine's own metrics; `None`: none."""
    further: Mapping[str, Any] = field(default_factory=dict)
    """Keys without an argument of their own."""


def daemon_configuration(args: DaemonArgs) -> dict[str, Any]:
    """The whole of `daemon.json`: our defaults, then `further`, then what has an argument or is not negotiable.

    Process isolation is the default because nodes in a cloud rarely nest virtual machines; `exec-opts` changes it.
    Raises ValueError for a key that is ours, in whatever case.
    """
    for key in sorted(args.further):
        if (reason := RESERVED_KEYS.get(key.lower())) is not None:
            raise ValueError(f"configuration of Docker Engine: {key!r} cannot be set here: {reason}")
    return {
        "exec-opts": ["isolation=process"],
        **args.further,
        "hosts": [contract.DOCKER_PIPE_URL],
        "data-root": args.data_root,
        "log-driver": "json-file",
        "log-opts": {"max-size": f"{args.log_max_size_mib}m", "max-file": str(args.log_max_files)},
        **_given("registry-mirrors", list(args.mirrors)),
        **_given("insecure-registries", list(args.insecure_registries)),
        **_given("proxies", _proxies(args)),
        # On all addresses, as the file is the same on every node; the rule in the node's firewall is the supervisor's.
        **_given("metrics-addr", f"0.0.0.0:{args.metrics_port}" if args.metrics_port else ""),
    }


def _proxies(args: DaemonArgs) -> dict[str, str]:
    return {
        **_given("http-proxy", args.http_proxy),
        **_given("https-proxy", args.https_proxy),
        **_given("no-proxy", ",".join(args.no_proxy)),
    }


def _given(key: str, value: Any) -> dict[str, Any]:
    return {key: value} if value else {}
