"""Asking a component whether it is well."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

from sandbox.control_plane.components import Component
from sandbox.control_plane.ports import LOOPBACK


class Prober:
    """Asks the health endpoints of one sandbox, verified by its authority.

    etcd asks for a client certificate; the others see one and do not mind.
    """

    def __init__(self, credentials: Path) -> None:
        self._tls = ssl.create_default_context(cafile=str(credentials / "ca.crt"))
        self._tls.load_cert_chain(credentials / "etcd-client.crt", credentials / "etcd-client.key")

    def well(self, component: Component, port: int, *, timeout_seconds: float) -> bool:
        """Whether the component's own endpoint answers 200."""
        connection: http.client.HTTPConnection
        if component.scheme == "https":
            connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=timeout_seconds, context=self._tls)
        else:
            connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_seconds)
        try:
            connection.request("GET", component.probe)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
