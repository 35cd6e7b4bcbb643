"""Requests to the API of a host of repositories, with the standard library.

Owns timeouts, JSON and errors. Refuses to send a token over anything but TLS, except to this machine, and to follow a
redirect with it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPMessage
from typing import IO, Any, Final
from urllib.parse import urlsplit

SECONDS: Final = 30.0
LARGEST_BYTES: Final = 32 * 1024 * 1024


class HttpError(Exception):
    """A request was not answered as it should; the message has no token."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Http:
    """One API, by its base URL, and the headers of every request."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise HttpError(f"{parts.scheme}://{parts.hostname}: a token is sent to https alone.")
        self._base, self._headers = base.rstrip("/"), {"User-Agent": "buildfleet-review", **headers}
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Send JSON, and return what came back."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if data else {})}
        request = urllib.request.Request(f"{self._base}{path}", data=data, headers=headers, method=method)
        where = f"{method} {path.partition('?')[0]}"
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return json.loads(answer.read(LARGEST_BYTES) or b"null")
        except urllib.error.HTTPError as error:
            raise HttpError(f"{where}: HTTP {error.code}", error.code) from error
        except (urllib.error.URLError, TimeoutError, ValueError) as error:
            raise HttpError(f"{where}: {error}") from error
