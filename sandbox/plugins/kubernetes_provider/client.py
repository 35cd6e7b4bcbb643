"""The API server, as far as the provider needs it.

Owns requests, their retries and the discovery of kinds. Owns no meaning: what to do about an answer is decided in
`operations`. The connection's address, certificates and credentials come from a kubeconfig, read by lightkube.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.codec import Object
from sandbox.plugins.kubernetes_provider.errors import ApiError, InterruptedWaitError, ProviderError
from sandbox.plugins.kubernetes_provider.keys import Name

if TYPE_CHECKING:
    import httpx2

FIELD_MANAGER: Final = "pulumi-kubernetes"
ATTEMPTS: Final = 6
RETRIED: Final = (429, 503, 504)
"""Overload and a control plane that is starting. Every write here may be repeated: an apply says what shall be."""


@dataclass(frozen=True)
class Kind:
    """Where the API server keeps the objects of a kind."""

    api_version: str
    plural: str
    namespaced: bool


class Client:
    """One connection pool to one API server; may be used by many threads. `cancelled` ends every wait in it."""

    def __init__(self, http: httpx2.Client, cancelled: Event) -> None:
        self._http = http
        self._cancelled = cancelled
        self._lock = Lock()
        self._silent = False
        self._kinds: dict[tuple[str, str], Kind] = {}

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """Where a kind is kept; `None` if it is not registered, or not yet."""
        with self._lock:
            if (api_version, kind) not in self._kinds:
                self._discover(api_version)
            return self._kinds.get((api_version, kind))

    def get(self, kind: Kind, name: Name) -> Object | None:
        """An object, or `None` if there is none."""
        try:
            return self._call("GET", self._path(kind, name.namespace, name.name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, kind: Kind, namespace: str, **query: str) -> list[Object]:
        """Objects of a namespace; `query` holds `labelSelector` and `fieldSelector`."""
        found: list[Object] = self._call("GET", self._path(kind, namespace), query=query).get("items", [])
        return found

    def try_create(self, kind: Kind, value: Object, namespace: str) -> Object:
        """What creating an object would give; nothing is written."""
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", "dryRun": "All"}
        return self._call("POST", self._path(kind, namespace), query=query, body=value)

    def apply(self, kind: Kind, name: Name, value: Object, *, dry_run: bool = False) -> tuple[Object, bool]:
        """Apply an object, taking over the fields that it states; returns it, and whether it is new."""
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        path = self._path(kind, name.namespace, name.name)
        response = self._send("PATCH", path, query, value, "application/apply-patch+yaml")
        return _body(response), response.status_code == 201

    def set_owners(self, kind: Kind, name: Name, resource_version: str, managed_fields: list[Object]) -> None:
        """Rewrite an object's `managedFields`. Raises `ApiError` 409 if the object has changed meanwhile."""
        patch: list[Object] = [
            {"op": "replace", "path": "/metadata/managedFields", "value": managed_fields},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": resource_version},
        ]
        query = {"fieldManager": FIELD_MANAGER}
        self._send("PATCH", self._path(kind, name.namespace, name.name), query, patch, "application/json-patch+json")

    def delete(self, kind: Kind, name: Name) -> Object | None:
        """Ask for an object's end, after that of its dependents; `None` if there is no such object."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
        try:
            return self._call("DELETE", self._path(kind, name.namespace, name.name), body=options)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def _discover(self, api_version: str) -> None:
        try:
            document = self._call("GET", _root(api_version))
        except ApiError as error:
            if error.status == 404:
                return
            raise
        for entry in document.get("resources", []):
            if "/" not in entry["name"]:  # subresources are listed beside their resource
                self._kinds[api_version, entry["kind"]] = Kind(api_version, entry["name"], bool(entry["namespaced"]))

    def _path(self, kind: Kind, namespace: str, name: str = "") -> str:
        parts = [_root(kind.api_version)]
        if kind.namespaced:
            parts.append(f"namespaces/{namespace or 'default'}")
        parts.append(kind.plural)
        if name:
            parts.append(name)
        return "/".join(parts)

    def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Object | None = None
    ) -> Object:
        return _body(self._send(method, path, query or {}, body, "application/json"))

    def _send(
        self, method: str, path: str, query: Mapping[str, str], body: Object | list[Object] | None, content_type: str
    ) -> httpx2.Response:
        import httpx2

        content = None if body is None else json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        headers = {"Accept": "application/json", "Content-Type": content_type}
        # Once it was silent through all attempts, the others that wait for it get the answer at once.
        attempts = 1 if self._silent else ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                response = self._http.request(method, path, params=dict(query), content=content, headers=headers)
            except httpx2.TransportError as error:
                if attempt == attempts:
                    self._silent = True
                    raise ProviderError(f"the API server {self._http.base_url} does not answer: {error}") from error
                self._pause(0.1 * 2**attempt)
                continue
            self._silent = False
            if response.status_code in RETRIED and attempt < attempts:
                self._pause(float(response.headers.get("Retry-After") or 0.1 * 2**attempt))
                continue
            if response.is_success:
                return response
            raise ApiError(response.status_code, _body(response))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, seconds: float) -> None:
        if self._cancelled.wait(min(seconds, 10)):
            raise InterruptedWaitError("the update was cancelled")


def wait_until_registered(client: Client, name: Name, cancelled: Event, *, seconds: float) -> Kind | None:
    """Where a kind is kept, waiting for its CustomResourceDefinition to be served; `None` when the time is over."""
    deadline = time.monotonic() + seconds
    while (kind := client.kind(name.api_version, name.kind)) is None and time.monotonic() < deadline:
        if cancelled.wait(0.25):
            raise InterruptedWaitError("the update was cancelled")
    return kind


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _body(response: httpx2.Response) -> Object:
    try:
        document: Any = response.json()
    except ValueError:
        # A proxy's page, or plain text of the server's own filters (401, 429).
        return {"message": response.text.strip()[:500]}
    return document if isinstance(document, dict) else {"message": str(document)[:500]}
