"""Kubernetes' API as plain JSON.

The sandbox reads and writes whole objects as they are, so it uses lightkube for the connection only (kubeconfig,
TLS, token): typed models would drop what they do not know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig

Object = dict[str, Any]

FIELD_MANAGER = "buildfleet-sandbox"
TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
WATCH_SECONDS = 240.0


class ApiError(Exception):
    """The API server refused a request; `code` and `reason` are those of its Status. Code 0: it did not answer."""

    def __init__(self, *, request: str, code: int, reason: str, message: str) -> None:
        super().__init__(f"{request}: {code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message


class Api:
    """A connection by the current context of a kubeconfig. Use it as a context manager."""

    def __init__(self, kubeconfig: Path) -> None:
        config = KubeConfig.from_file(kubeconfig).get()
        if config is None:
            raise ValueError(f"{kubeconfig} has no current context")
        # The environment's proxies have no business on loopback.
        self._client = Client(config, ConnectionParams(timeout=httpx2.Timeout(TIMEOUT_SECONDS), trust_env=False))

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Object:
        """Read an object or a list, for example `/api/v1/nodes`."""
        return self.request("GET", path, parameters=parameters)

    def find(self, path: str) -> Object | None:
        """Read an object; `None` when there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.code == httpx2.codes.NOT_FOUND:
                return None
            raise

    def create(self, path: str, body: Object, *, strict: bool = True) -> Object:
        """Create an object in the collection at `path`. `strict` refuses unknown and duplicate fields."""
        return self.request("POST", path, parameters={"fieldValidation": _validation(strict)}, body=body)

    def apply(self, path: str, body: Object, *, strict: bool = True) -> Object:
        """Server-side apply of the object at `path`, by the sandbox's field manager, conflicts overruled."""
        return self.request(
            "PATCH",
            path,
            parameters={"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": _validation(strict)},
            body=body,
            content_type="application/apply-patch+yaml",
        )

    def delete(self, path: str, *, grace_seconds: int | None = None) -> bool:
        """Delete the object at `path`; whether there was one."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions"}
        try:
            self.request(
                "DELETE", path, body=body if grace_seconds is None else {**body, "gracePeriodSeconds": grace_seconds}
            )
        except ApiError as error:
            if error.code == httpx2.codes.NOT_FOUND:
                return False
            raise
        return True

    def watch(self, path: str, *, since: str, **parameters: str) -> Iterator[Object]:
        """The events of a list from its `resourceVersion` on, as they come; ends after some minutes.

        Raises `ApiError`: with code 410 the version is too old and has to be listed anew; 0: the connection broke.
        """
        request = f"GET {path}?watch"
        try:
            with self._client.stream(
                "GET",
                path,
                params={**parameters, "watch": "1", "resourceVersion": since, "timeoutSeconds": f"{WATCH_SECONDS:.0f}"},
                timeout=httpx2.Timeout(TIMEOUT_SECONDS, read=WATCH_SECONDS + TIMEOUT_SECONDS),
            ) as response:
                if not response.is_success:
                    response.read()
                    raise _refusal(request, response)
                for line in response.iter_lines():
                    event: Object = json.loads(line)
                    if event["type"] == "ERROR":
                        status = event["object"]
                        raise ApiError(
                            request=request,
                            code=status.get("code", 0),
                            reason=status.get("reason", ""),
                            message=status.get("message", ""),
                        )
                    yield event
        except httpx2.TransportError as error:
            raise ApiError(request=request, code=0, reason="Unreachable", message=str(error)) from error

    def request(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        """Send one request; the answer's JSON. Raises `ApiError` when it is refused or there is nobody to answer.

        An API server that asks for patience gets it: a kind that was just defined answers 429 for a moment.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            while True:
                response = self._client.request(
                    method,
                    path,
                    params=dict(parameters or {}),
                    content=None if body is None else json.dumps(body),
                    headers={"Accept": "application/json", "Content-Type": content_type},
                )
                # A refused eviction is a 429 too, but one that is an answer and comes without Retry-After.
                wait = response.headers.get("Retry-After") if response.status_code in (429, 503) else None
                if wait is None or time.monotonic() > deadline:
                    break
                time.sleep(min(float(wait), 1.0))
        except httpx2.TransportError as error:
            message = f"the sandbox's API server does not answer ({error}); `make up` starts it anew on its data"
            raise ApiError(request=f"{method} {path}", code=0, reason="Unreachable", message=message) from error
        if response.is_success:
            answer: Object = response.json()
            return answer
        raise _refusal(f"{method} {path}", response)


def _validation(strict: bool) -> str:
    return "Strict" if strict else "Ignore"


def _refusal(request: str, response: httpx2.Response) -> ApiError:
    try:
        status = response.json()
    except ValueError:
        status = {}
    return ApiError(
        request=request,
        code=response.status_code,
        reason=status.get("reason", response.reason_phrase),
        message=status.get("message", response.text[:500]),
    )
