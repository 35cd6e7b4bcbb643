"""The table of binaries: which pinned Go package each is, what is stamped into it, how it tells its version.

Owns what is known about each binary but for its version, which stands in the go.mod of its folder in `modules/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from toolchain import modules
from toolchain.errors import ToolchainError


@dataclass(frozen=True, kw_only=True)
class Pin:
    """How one binary is built."""

    name: str
    folder: str
    """In `toolchain/modules/`: its go.mod pins the version."""
    module: str
    """Whose version is the binary's."""
    package: str
    tells_version: tuple[str, ...] = ("--version",)
    """The arguments with which the binary prints its version and ends."""
    stamps: tuple[str, ...] = ()
    """For the linker's -X, with {version}, {major} and {minor} of the module."""
    estimate: int
    """Seconds of one cold build, see ESTIMATES_SEEN_ON."""
    control_plane: bool = False
    """One of those that $KUBEBUILDER_ASSETS may hold."""

    @property
    def version(self) -> str:
        """As in go.mod, for example `v1.36.3`."""
        return modules.version(self.folder, self.module)

    @property
    def linker_flags(self) -> str:
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        stamps = [f"-X {stamp.format(version=self.version, major=major, minor=minor)}" for stamp in self.stamps]
        return " ".join(["-s -w", *stamps])


ESTIMATES_SEEN_ON: Final = "two cores"
"""The estimates are cold builds on two cores of an x86-64 machine, Go 1.26.8, in the order of the table (the later
ones find packages that the earlier ones compiled), without the downloads. Measured 2026-11-22."""

# A Kubernetes binary without these says v0.0.0-master, and its API server tells clients so: hack/lib/version.sh of
# kubernetes/kubernetes stamps the same names.
_KUBERNETES_STAMPS: Final = (
    "k8s.io/component-base/version.gitVersion={version}",
    "k8s.io/component-base/version.gitMajor={major}",
    "k8s.io/component-base/version.gitMinor={minor}",
)
# Without it the version is empty, and the Automation API refuses such a CLI.
_PULUMI_STAMPS: Final = ("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",)


def _kubernetes(name: str, estimate: int, tells_version: tuple[str, ...] = ("--version",)) -> Pin:
    return Pin(
        name=name,
        folder="kubernetes",
        module="k8s.io/kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        tells_version=tells_version,
        stamps=_KUBERNETES_STAMPS,
        estimate=estimate,
        control_plane=True,
    )


_TABLE: Final = (
    Pin(
        name="etcd",
        folder="kubernetes",
        module="go.etcd.io/etcd/server/v3",
        package="go.etcd.io/etcd/server/v3",
        estimate=35,
        control_plane=True,
    ),
    _kubernetes("kubectl", 57, ("version", "--client")),
    _kubernetes("kube-apiserver", 124),
    Pin(
        name="pulumi",
        folder="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        tells_version=("version",),
        stamps=_PULUMI_STAMPS,
        estimate=169,
    ),
    _kubernetes("kube-controller-manager", 59),
    _kubernetes("kube-scheduler", 4),
    Pin(
        name="kwok",
        folder="kwok",
        module="sigs.k8s.io/kwok",
        package="sigs.k8s.io/kwok/cmd/kwok",
        estimate=52,
    ),
)

PINS: Final[Mapping[str, Pin]] = {pin.name: pin for pin in _TABLE}
"""By name, in the order in which they are built."""


def pin(name: str) -> Pin:
    """The pin of a binary, or a refusal that lists the names there are."""
    if name not in PINS:
        raise ToolchainError(f"{name!r} is no binary of the toolchain; there are {', '.join(PINS)}")
    return PINS[name]
