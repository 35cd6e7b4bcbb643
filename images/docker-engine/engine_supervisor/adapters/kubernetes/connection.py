"""Requests to the API server as plain JSON, over the official client's connection.

Owns timeouts, retries and what an answer means: nothing, a busy or a broken API server is `Away`; a refusal is an
`ApiError` for the caller to judge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import urllib3
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException

from engine_supervisor.ports import Away, Failed

Object = dict[str, Any]
Verb = Literal["get", "list", "create", "update", "patch", "delete"]

TIMEOUT: Final = (5.0, 20.0)
"""Seconds to connect, and to wait for data."""

METHODS: Final[Mapping[Verb, str]] = {
    "get": "GET",
    "list": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 401, 403, 404, 409, 429


class ApiError(Failed):
    """The API server refused a request; `code`, `message` and `causes` are those of its Status."""

    def __init__(self, request: str, code: int, message: str, causes: frozenset[str]) -> None:
        super().__init__(f"the API server refuses {request}: {code} {message}")
        self.code = code
        self.message = message
        self.causes = causes


@dataclass(frozen=True)
class Resource:
    """A kind of object, as paths and RBAC name it."""

    group: str
    version: str
    plural: str

    def path(self, namespace: str | None, name: str | None, subresource: str | None) -> str:
        """The path of an object, or of the collection."""
        parts = ["/apis", self.group, self.version] if self.group else ["/api", self.version]
        parts += ["namespaces", namespace] if namespace is not None else []
        parts += [part for part in (self.plural, name, subresource) if part is not None]
        return "/".join(parts)


NODES: Final = Resource("", "v1", "nodes")
PODS: Final = Resource("", "v1", "pods")
LEASES: Final = Resource("coordination.k8s.io", "v1", "leases")
DAEMON_SETS: Final = Resource("apps", "v1", "daemonsets")
EVENTS: Final = Resource("events.k8s.io", "v1", "events")


class Connection:
    """One connection, kept open."""

    def __init__(self, configuration: Configuration, count: Callable[[str, str], None] | None = None) -> None:
        """`count` is told the RBAC verb and resource of each request."""
        # Ours to decide: the client's default would sleep as long as a busy API server asks for, and repeat a PUT.
        # Once for reading: the connection may have been closed while it was idle.
        configuration.retries = urllib3.Retry(
            total=1, status=0, redirect=0, allowed_methods=["GET"], respect_retry_after_header=False
        )
        configuration.keep_alive = True
        # Threads share no connection here, and each that is kept costs memory.
        configuration.connection_pool_maxsize = 1
        # The API server is the cluster's own; the node's proxy leads away from it.
        configuration.proxy = None
        # Any: half of the client has no annotations.
        self._client: Any = ApiClient(configuration)
        self._client.user_agent = "buildfleet-docker-engine"
        self._count = count

    def close(self) -> None:
        """Close it."""
        self._client.close()

    def request(
        self,
        verb: Verb,
        resource: Resource,
        *,
        namespace: str | None = None,
        name: str | None = None,
        subresource: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
    ) -> Object:
        """Send one request; the answer's JSON. Raises `Away`, or `ApiError` when it is refused."""
        what = resource.plural if subresource is None else f"{resource.plural}/{subresource}"
        if self._count is not None:
            self._count(verb, what)
        path = resource.path(namespace, name, subresource)
        told = f"{verb} {what} {'/'.join(part for part in (namespace, name) if part)}".rstrip()
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if verb == "patch" else "application/json"
        try:
            request = self._client.param_serialize(
                METHODS[verb],
                path,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._client.call_api(*request, _request_timeout=TIMEOUT)
            data: bytes = response.read()
        except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
            raise Away(f"the API server does not answer {told}: {_short(error)}") from error
        if 200 <= response.status < 300:
            return _json(data)
        raise _refusal(told, response.status, data)


def _refusal(told: str, code: int, data: bytes) -> Failed | Away:
    status = _json(data)
    message = str(status.get("message") or data[:200].decode(errors="replace"))
    details = status.get("details") or {}
    causes = frozenset(str(cause.get("reason")) for cause in details.get("causes") or ())
    # An eviction's 429 and 500 are answers: about budgets.
    budget = told.startswith("create pods/eviction") and code in (TOO_MANY, 500) and bool(status)
    if not budget and (code in (UNAUTHORIZED, TOO_MANY) or code >= 500):
        return Away(f"the API server does not serve {told}: {code} {message}")
    return ApiError(told, code, message, causes)


def _json(data: bytes) -> Object:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _short(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())[:300]
