"""The cluster to look at: the sandbox's, or a context of the kubeconfig.

Owns the connection and the reading of one answer. Refuses to change anything: it knows GET alone.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx2
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.config.models import User

ROOT: Final = Path(__file__).resolve().parents[1]
SECONDS: Final = 10.0
"""How long each request may take."""
PAGE: Final = "500"
"""Objects of one answer, where a list may be long."""


class Unreachable(Exception):
    """There is no cluster to look at; the message says why and what to do."""


def sandbox_kubeconfig(stack: str) -> Path:
    """Where the sandbox of a stack has its kubeconfig."""
    folder = Path(os.environ.get("BUILDFLEET_SANDBOX", ROOT / ".sandbox"))
    return folder / stack / "cluster" / "kubeconfig"


def configuration(stack: str, context: str | None) -> SingleConfig:
    """How to connect: `context` of `$KUBECONFIG` or of ~/.kube/config, else the stack's sandbox."""
    if context is None:
        path = sandbox_kubeconfig(stack)
        found = KubeConfig.from_file(path).get() if path.is_file() else None
        if found is None:
            raise Unreachable(
                f"Stack {stack} has no sandbox. For a real cluster name its context, as in make diagnose STACK={stack} "
                "CONTEXT=NAME; kubectl config get-contexts -o name lists them. For a sandbox: make up first"
            )
        return found
    paths = os.environ.get("KUBECONFIG", str(Path.home() / ".kube" / "config"))
    files = [KubeConfig.from_file(name) for name in paths.split(os.pathsep) if name and Path(name).is_file()]
    for file in files:
        if context in file.contexts:
            entry = file.contexts[context]
            # As kubectl merges files: what a context refers to may stand in another one.
            server = next((one.clusters[entry.cluster] for one in files if entry.cluster in one.clusters), None)
            user = next((one.users[entry.user] for one in files if entry.user in one.users), User())
            if server is not None:
                return SingleConfig(context_name=context, context=entry, cluster=server, user=user, fname=file.fname)
    raise Unreachable(f"The context {context} is not in {paths}. kubectl config get-contexts -o name lists those there")


class Connection:
    """The API server, to read from. A context manager."""

    def __init__(self, configuration: SingleConfig) -> None:
        self.where = f"{configuration.context_name}, {configuration.cluster.server}"
        self._client = Client(configuration, ConnectionParams(timeout=httpx2.Timeout(SECONDS)))
        self.notes: list[str] = []
        """What could not be read, and why."""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def items(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """A list; what may not be read is noted and empty."""
        return self._answer(path, parameters).get("items") or []

    def objects(self, path: str) -> Iterator[dict[str, Any]]:
        """The objects of a list however long it is, each with its `apiVersion` and `kind`."""
        parameters = {"limit": PAGE}
        while True:
            page = self._answer(path, parameters)
            head = {"apiVersion": page.get("apiVersion"), "kind": str(page.get("kind", "")).removesuffix("List")}
            yield from ({**head, **item} for item in page.get("items") or [])
            following = page.get("metadata", {}).get("continue")
            if not following:
                return
            parameters = {"limit": PAGE, "continue": following}

    def _answer(self, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.get(path, params=dict(parameters))
        except httpx2.HTTPError as error:
            raise Unreachable(f"The API server of {self.where} does not answer: {error}") from error
        if answer.status_code == 404:
            return {}
        if answer.status_code >= 400:
            self.notes.append(f"not read: {path} (HTTP {answer.status_code})")
            return {}
        found: dict[str, Any] = answer.json()
        return found

    def ask_pod(self, pod: Mapping[str, Any], port: int, path: str) -> str:
        """What a pod's HTTP server says, through the API server.

        The API server refuses to be a proxy to loopback addresses, which are those of simulated nodes; they are asked
        directly, as they are on this machine.
        """
        meta, address = pod["metadata"], pod.get("status", {}).get("podIP", "")
        if _loopback(address):
            url, client = f"http://{address}:{port}{path}", httpx2.Client(timeout=SECONDS, trust_env=False)
            try:
                with client:
                    return client.get(url).text
            except httpx2.HTTPError as error:
                return f"no answer from {url}, a simulated node: {error}"
        proxy = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}:{port}/proxy{path}"
        try:
            answer = self._client.get(proxy)
        except httpx2.HTTPError as error:
            return f"no answer through the API server: {error}"
        # 503 is an answer of the pod's own: it is not ready, and says why.
        if answer.status_code < 400 or (answer.status_code == 503 and not answer.text.startswith("{")):
            return answer.text
        return f"no answer through the API server: HTTP {answer.status_code}: {' '.join(answer.text.split())[:300]}"


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
