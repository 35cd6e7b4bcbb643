"""The kubelet's httpGet probes of one container."""

from __future__ import annotations

import http.client
from typing import Final

from sandbox.windows_nodes.pod_spec import Probe

EAGER_PERIOD: Final = 0.2
EAGER_SECONDS: Final = 15.0
"""A fresh container is asked this often for so long, or until it has passed once: a rehearsal does not wait for a
period of a real cluster."""


class Prober:
    """Asks one probe, and keeps what came of it."""

    def __init__(self, probe: Probe, address: str, started_at: float) -> None:
        self._probe = probe
        self._address = address
        self._eager_until = started_at + EAGER_SECONDS
        self._failed = 0
        self.passes = False
        """The last word, with the probe's threshold of failures."""
        self.failed_out = False
        """It failed as often in a row as the probe allows."""
        self.next_at = started_at + min(probe.delay_seconds, 1.0)

    def ask(self, now: float) -> None:
        """Ask once, if it is time."""
        if now < self.next_at:
            return
        if self._passed():
            self._failed, self.passes, self.failed_out = 0, True, False
        else:
            self._failed += 1
            if self._failed >= self._probe.failures:
                self.failed_out = True
            if self.failed_out or not self.passes:
                self.passes = False
        eager = not self.passes and now < self._eager_until
        period = self._probe.period_seconds
        self.next_at = now + (min(EAGER_PERIOD, period) if eager else period)

    def _passed(self) -> bool:
        connection = http.client.HTTPConnection(self._address, self._probe.port, timeout=self._probe.timeout_seconds)
        try:
            connection.request("GET", self._probe.path)
            return 200 <= connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
