"""Which cluster, by the provider's own arguments.

Owns the reading of `kubeconfig`, `context` and the switches of a `kubernetes.Provider`. Without `kubeconfig` the file
named by the environment variable KUBECONFIG is used. Refuses to go on without an explicit choice: there is no default
cluster in `~/.kube/config` that a rehearsal could hit by mistake.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.plugins.codec import UNKNOWN, Object
from sandbox.plugins.kubernetes_provider.errors import ProviderError

if TYPE_CHECKING:
    import httpx2
    from lightkube.config.kubeconfig import KubeConfig, SingleConfig

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The arguments of a `kubernetes.Provider` that this one knows."""

    kubeconfig: str = ""
    """Content or path."""
    context: str = ""
    namespace: str = ""
    """For namespaced objects that name none."""
    config_map_mutable: bool = False
    """Change a ConfigMap's data in place, not by replacement."""
    secret_mutable: bool = False


def settings(arguments: Object) -> Settings:
    """The known arguments; raises `ProviderError` for those that ask for what is not offered.

    In a preview any may be unknown, as the kubeconfig of a cluster that is not made yet is. It counts as left out: the
    engine asks nothing of such a provider until the update (`provider_plugin.go`, `pluginConfig.known`, 3.256.0).
    """
    arguments = {key: value for key, value in arguments.items() if value is not UNKNOWN}
    if _switch(arguments, "enableServerSideApply", default=True) is False:
        raise ProviderError(
            "enableServerSideApply is false; the stand-in applies on the server only. Leave the argument out."
        )
    if arguments.get("renderYamlToDirectory"):
        raise ProviderError("renderYamlToDirectory is not offered by the stand-in. Leave the argument out.")
    return Settings(
        kubeconfig=str(arguments.get("kubeconfig") or ""),
        context=str(arguments.get("context") or ""),
        namespace=str(arguments.get("namespace") or ""),
        config_map_mutable=_switch(arguments, "enableConfigMapMutable", default=False),
        secret_mutable=_switch(arguments, "enableSecretMutable", default=False),
    )


def is_other_cluster(old: Object, new: Object) -> bool:
    """Whether new arguments mean another cluster, in which nothing of the old one is: by `clusterIdentifier` alone.

    The SDK's own promise of that argument. Without it, another address or credential is taken for the same cluster's,
    where the official provider guesses.
    """
    before, after = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    return bool(before and after) and UNKNOWN not in (before, after) and before != after


def connect(chosen: Settings, environment: Mapping[str, str] = os.environ) -> httpx2.Client:
    """An authenticated client of the chosen cluster. Raises `ProviderError` where none is chosen or there."""
    from lightkube.config.client_adapter import Client, ConnectionParams
    from lightkube.core.exceptions import ConfigError

    config = _single(_load(chosen.kubeconfig, environment), chosen.context)
    import httpx2

    parameters = ConnectionParams(
        timeout=httpx2.Timeout(TIMEOUT_SECONDS),
        # A proxy of the environment, but never for this machine's own addresses, which HTTP libraries in Go exempt too.
        trust_env=not _is_loopback(config.cluster.server),
    )
    try:
        return Client(config, parameters)
    except (ConfigError, OSError) as error:
        raise ProviderError(f"the kubeconfig's context {config.context_name} cannot be used: {error}") from error


def _load(kubeconfig: str, environment: Mapping[str, str]) -> KubeConfig:
    import yaml
    from lightkube.config.kubeconfig import KubeConfig

    source, path = "the argument kubeconfig", kubeconfig
    if not kubeconfig:
        source, path = "KUBECONFIG", environment.get("KUBECONFIG", "")
        if not path:
            raise ProviderError(
                "there is no kubeconfig: give the argument kubeconfig of kubernetes.Provider, or set KUBECONFIG."
            )
    is_content = "\n" in path or path.lstrip().startswith("{")
    file = Path(path).expanduser() if not is_content else None
    if file is not None and not file.is_file():
        several = " (several files cannot be merged; name one)" if os.pathsep in path else ""
        raise ProviderError(f"{source} names {path}, which is not a file{several}.")
    try:
        document: Any = yaml.safe_load(path if file is None else file.read_text())
        return KubeConfig.from_dict(document, fname=file)
    # Not `from error`, and nothing quoted: a kubeconfig is a credential. lightkube raises whatever its parser does.
    except Exception as error:
        raise ProviderError(f"{source} is not a kubeconfig ({type(error).__name__}).") from None


def _single(config: KubeConfig, context: str) -> SingleConfig:
    name = context or config.current_context or ""
    found = config.contexts.get(name)
    if found is None:
        known = ", ".join(sorted(config.contexts)) or "none"
        wanted = f"no context {name}" if name else "no current-context, and the argument context is empty"
        raise ProviderError(f"the kubeconfig has {wanted}; it has: {known}.")
    if found.cluster not in config.clusters or (found.user and found.user not in config.users):
        raise ProviderError(f"the kubeconfig's context {name} names a cluster or a user that the file does not have.")
    chosen = config.get(name)
    if chosen is None:
        raise ProviderError(f"the kubeconfig's context {name} is empty.")
    return chosen


def _switch(arguments: Object, name: str, *, default: bool) -> bool:
    value = arguments.get(name)
    # The engine hands a provider's switches over as text.
    return default if value in (None, "") else value in (True, "true")


def _is_loopback(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
