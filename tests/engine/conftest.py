"""The programs that engine tests run, from the toolchain or from a folder that holds them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from sandbox.control_plane import Binaries

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")
KWOK = "sigs.k8s.io/kwok"
KEDA = "github.com/kedacore/keda/v2"


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The control plane's programs: in `BUILDFLEET_TEST_BINARIES` if that is set, else the toolchain's."""
    folder = os.environ.get("BUILDFLEET_TEST_BINARIES")
    if folder:
        programs = {name: Path(folder) / name for name in PROGRAMS}
        modules = {KWOK: _module(KWOK, "v0.8.0"), KEDA: _module(KEDA, "v2.19.0")}
    else:
        programs = importlib.import_module("toolchain.binaries").ensure(list(PROGRAMS))
        directory = importlib.import_module("toolchain.modules").directory
        modules = {KWOK: Path(directory(KWOK)), KEDA: Path(directory(KEDA))}
    return Binaries(
        etcd=programs["etcd"],
        kube_apiserver=programs["kube-apiserver"],
        kube_controller_manager=programs["kube-controller-manager"],
        kube_scheduler=programs["kube-scheduler"],
        kubectl=programs["kubectl"],
        kwok=programs["kwok"],
        kwok_module=modules[KWOK],
        keda_module=modules[KEDA],
    )


def _module(name: str, version: str) -> Path:
    answer = subprocess.run(
        ["go", "mod", "download", "-json", f"{name}@{version}"], check=True, capture_output=True, text=True, cwd="/"
    )
    return Path(json.loads(answer.stdout)["Dir"])
