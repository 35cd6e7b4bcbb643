"""The world as it is: processes, HTTPS, the clock and the pipe.

Works on any system, so that it can be tested; only the pipe is Windows' own.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from image_build.engine import PIPE
from image_build.ports import Answer, Away, Finished

TERMINATION_LOG = Path("/dev/termination-log")
"""Kubernetes' default, which works in Windows containers as the folder does not exist there.
Source: https://kubernetes.io/docs/concepts/windows/intro/, compatibility of container fields, read 2026-11."""

CA_BUNDLE = Path("C:/git/mingw64/etc/ssl/certs/ca-bundle.crt")
"""MinGit's, beside what Windows trusts: a fresh Windows has few roots and fetches others only for its own programs."""

_KEPT_LINES = 60
_ANSWER_SECONDS = 60.0
_LONGEST_MESSAGE = 4000
"""The kubelet cuts at 4096 bytes."""


class Windows:
    """The node's container."""

    def now(self) -> float:
        """Seconds by a clock that only goes forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def pipe_there(self) -> bool:
        """Whether the engine's pipe is in this container."""
        try:
            os.stat(PIPE)
        except FileNotFoundError:
            return False
        except OSError:
            # Busy or forbidden, so it is there; what docker says of it is the better message.
            return True
        return True

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        shown: bool = False,
        seconds: float | None = None,
    ) -> Finished:
        """Run a program to its end."""
        kept: deque[str] = deque(maxlen=_KEPT_LINES)
        try:
            process = subprocess.Popen(
                list(command),
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return Finished(127, f"{command[0]} cannot be started: {error.strerror}; it belongs into this image")
        timer = threading.Timer(seconds, process.kill) if seconds is not None else None
        with process:
            if timer is not None:
                timer.start()
            assert process.stdout is not None
            for line in process.stdout:
                kept.append(line)
                if shown:
                    sys.stderr.write(line)
                    sys.stderr.flush()
            code = process.wait()
        if timer is not None:
            # A timer that has rung is why the program ended; its own code would not say so.
            rung = timer.finished.is_set()
            timer.cancel()
            if rung:
                return Finished(124, f"{''.join(kept)}\n{' '.join(command[:2])} was ended after {seconds:.0f} s")
        return Finished(code, "".join(kept))

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str,
        headers: Mapping[str, str],
        authority: Path | None = None,
    ) -> Answer:
        """Ask a server over HTTPS."""
        trust = ssl.create_default_context(cafile=None if authority is None else str(authority))
        if authority is None and CA_BUNDLE.is_file():
            trust.load_verify_locations(cafile=str(CA_BUNDLE))
        request = Request(url, data=body.encode(), headers=dict(headers), method=method)
        try:
            with urlopen(request, timeout=_ANSWER_SECONDS, context=trust) as answer:
                return Answer(answer.status, answer.read().decode("utf-8", "replace"))
        except HTTPError as error:
            return Answer(error.code, error.read().decode("utf-8", "replace"))
        except (URLError, OSError) as error:
            raise Away(str(getattr(error, "reason", error))) from error

    def say(self, line: str) -> None:
        """One line for the log."""
        print(line, flush=True)

    def conclude(self, message: str) -> None:
        """The container's termination message, if it can be written; the log has it in any case."""
        try:
            TERMINATION_LOG.parent.mkdir(parents=True, exist_ok=True)
            TERMINATION_LOG.write_text(message[:_LONGEST_MESSAGE], encoding="utf-8")
        except OSError as error:
            print(f"The termination message cannot be written: {error.strerror}", file=sys.stderr, flush=True)
