"""The programs that engine tests run."""

from __future__ import annotations

import pytest

from sandbox.control_plane import Binaries
from sandbox.programs import control_plane_binaries


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The control plane's programs, found or built by the toolchain."""
    return control_plane_binaries()
