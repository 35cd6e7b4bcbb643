"""The control plane's programs, from the toolchain."""

from __future__ import annotations

from sandbox.control_plane import Binaries
from toolchain import binaries, modules

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")


def control_plane_binaries() -> Binaries:
    """Find or build them; raises `toolchain.errors.ToolchainError` where that fails."""
    found = binaries.ensure(PROGRAMS)
    return Binaries(
        etcd=found["etcd"],
        kube_apiserver=found["kube-apiserver"],
        kube_controller_manager=found["kube-controller-manager"],
        kube_scheduler=found["kube-scheduler"],
        kubectl=found["kubectl"],
        kwok=found["kwok"],
        kwok_module=modules.directory("sigs.k8s.io/kwok"),
        keda_module=modules.directory("github.com/kedacore/keda/v2"),
    )
