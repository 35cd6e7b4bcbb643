"""The programs that engine tests run, and the signals that reach them."""

from __future__ import annotations

import signal

import pytest

from sandbox.control_plane import Binaries
from sandbox.programs import control_plane_binaries

# A job that a shell runs in the background ignores Ctrl-C, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The control plane's programs, found or built by the toolchain."""
    return control_plane_binaries()
