"""A preview of the AKS example where there is nothing to reach and nothing to log in with.

The preview runs in an environment of a few names, with a home folder that is empty, and in a network namespace of its
own in which only loopback is up: the kernel gives that to any user on most Linux systems. Where it does not, the test
of the network is skipped, and proxies that nobody serves are all that keeps a well-behaved client from going out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.control_plane import Binaries
from tests.engine.aks import AksSandbox
from tests.engine.driver import ROOT
from toolchain import cache

pytestmark = pytest.mark.engine

NAMESPACE = ("unshare", "--user", "--map-root-user", "--net")
# Loopback is down in a new namespace. 192.0.2.1 is of a range that is kept for documents (RFC 5737).
ENTER = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    up_and_running = struct.pack("16sh22x", b"lo", 0x1 | 0x40)
    fcntl.ioctl(any_socket, 0x8914, up_and_running)  # SIOCSIFFLAGS
try:
    socket.create_connection(("192.0.2.1", 443), timeout=1).close()
except OSError as error:
    print("interfaces:", *sorted(name for _, name in socket.if_nameindex()), flush=True)
    print("outside:", error.strerror, flush=True)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
sys.exit("the namespace reaches the network")
"""
NOBODY = "http://127.0.0.1:9"
"""A port that nothing listens on: "discard"."""


@dataclass(frozen=True)
class Preview:
    """How it ran."""

    done: subprocess.CompletedProcess[str]
    cut_off: bool
    """Whether the kernel gave it a network of its own."""


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory, binaries: Binaries) -> Iterator[Preview]:
    sandbox = AksSandbox(tmp_path_factory.mktemp("sandbox"), binaries.kubectl)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "BUILDFLEET_CACHE": str(cache.directory()),
        "BUILDFLEET_SANDBOX": str(sandbox.folder),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), NOBODY),
        "NO_PROXY": "127.0.0.1,localhost",
    }
    command = ["-m", "sandbox", "preview", "--stack", sandbox.stack, "--file", str(sandbox.file)]
    cut_off = _namespaces()
    start = [*NAMESPACE, sys.executable, "-c", ENTER] if cut_off else [sys.executable]
    try:
        done = subprocess.run(
            [*start, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        yield Preview(done, cut_off)
    finally:
        sandbox.erase()


def _namespaces() -> bool:
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_a_preview_of_aks_needs_no_credentials(preview: Preview) -> None:
    assert preview.done.returncode == 0, preview.done.stdout + preview.done.stderr
    assert "azure-native:containerservice:ManagedCluster" in preview.done.stdout


def test_a_preview_of_aks_needs_no_network(preview: Preview) -> None:
    if not preview.cut_off:
        pytest.skip("this kernel gives its users no network namespace, so nothing here can show it")
    assert preview.done.stdout.splitlines()[:2] == ["interfaces: lo", "outside: Network is unreachable"]
    assert preview.done.returncode == 0, preview.done.stdout + preview.done.stderr
