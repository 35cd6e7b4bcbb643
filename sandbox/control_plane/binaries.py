"""Where the programs of the control plane are."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

from sandbox.control_plane.errors import ControlPlaneError


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """Paths of the executables, and of the Go modules whose manifests are used.

    `kwok_module` and `keda_module` are the unpacked, read-only directories of `sigs.k8s.io/kwok` and
    `github.com/kedacore/keda/v2`; without the latter the sandbox has no KEDA resource definitions.
    """

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kubectl: Path
    kwok: Path
    kwok_module: Path
    keda_module: Path | None = None

    def check(self) -> None:
        """Raise `ControlPlaneError` that names each path that is not what it should be."""
        wrong = []
        for field in fields(self):
            path = getattr(self, field.name)
            if path is None:
                continue
            if field.name.endswith("_module"):
                if not path.is_dir():
                    wrong.append(f"{field.name}: {path} is not a directory")
            elif not (path.is_file() and os.access(path, os.X_OK)):
                wrong.append(f"{field.name}: {path} is not an executable file")
        if wrong:
            raise ControlPlaneError(
                "The sandbox's control plane lacks programs:\n  "
                + "\n  ".join(wrong)
                + "\nBuild or find them with the toolchain, and pass their paths."
            )
