"""What of the toolchain is on the machine already and may be used as it is.

Owns the rules of what may stand in for a pinned binary: Pulumi and kubectl on PATH by their version, the control plane
in $KUBEBUILDER_ASSETS because the user says so.

Refuses a control plane of mixed versions: Kubernetes has no controller manager or scheduler that is newer than its API
server (https://kubernetes.io/releases/version-skew-policy/).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from toolchain.errors import MissingPrerequisite
from toolchain.pins import Pin, pin

ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"
API_SERVER = "kube-apiserver"
ITS_CLIENTS = ("kube-controller-manager", "kube-scheduler")
"""None of them may be newer than the API server."""

KUBECTL_MINORS_APART = 1
"""kubectl is supported within one minor version of the API server, older or newer: the version skew policy."""

RUN_SECONDS = 60.0
"""A cold 100 MB binary on a slow disk takes a few seconds to tell its version."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A binary that is there."""

    path: Path
    origin: str
    """`PATH`, `KUBEBUILDER_ASSETS` or `cache`."""


@dataclass(frozen=True, kw_only=True)
class Passed:
    """Why nothing on the machine will do; empty where there was nothing to look at."""

    reason: str = ""


def told_version(path: Path, wanted: Pin) -> str:
    """What a binary prints when it is asked for its version; the empty string where it cannot be run."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    try:
        # Pulumi writes a log into its home even when it only tells its version: not into the user's.
        with tempfile.TemporaryDirectory() as home:
            answer = subprocess.run(
                [path, *wanted.tells_version],
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=RUN_SECONDS,
                env=environment | {"PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout + answer.stderr if answer.returncode == 0 else ""


class Version(NamedTuple):
    """A version, sortable: a pre-release comes before its release."""

    major: int
    minor: int
    patch: int
    is_release: bool
    text: str


def version(text: str) -> Version | None:
    """The first version in a text."""
    match = re.search(r"(?<![\w.])v?(\d+)\.(\d+)\.(\d+)(-[\w.]+)?", text)
    return Version(int(match[1]), int(match[2]), int(match[3]), match[4] is None, match[0]) if match else None


def look(wanted: Pin) -> Found | Passed:
    """The binary to use instead of a build of ours, if the machine has one."""
    passed = Passed()
    if wanted.control_plane and (assets := os.environ.get(ASSETS_VARIABLE)):
        in_assets = _in_assets(wanted, Path(assets))
        if isinstance(in_assets, Found):
            return in_assets
        passed = in_assets
    if wanted.name in ("pulumi", "kubectl") and (on_path := shutil.which(wanted.name)):
        return _on_path(wanted, Path(on_path).absolute())
    return passed


def _on_path(wanted: Pin, path: Path) -> Found | Passed:
    told, pinned = version(told_version(path, wanted)), version(wanted.version)
    if told is None or pinned is None:
        return Passed(reason=f"{path} does not tell its version")
    if wanted.name == "kubectl":
        if told.major == pinned.major and abs(told.minor - pinned.minor) <= KUBECTL_MINORS_APART:
            return Found(path=path, origin="PATH")
        return Passed(
            reason=f"{path} is {told.text}, more than one minor version off the API server's {wanted.version}"
        )
    # The SDK's version is pinned too, and the engine serves SDKs that are older than itself, within a major version.
    if told.major == pinned.major and told[:4] >= pinned[:4]:
        return Found(path=path, origin="PATH")
    wrong = "of another major version than" if told.major > pinned.major else "older than"
    return Passed(reason=f"{path} is {told.text}, {wrong} {wanted.version}")


def _in_assets(wanted: Pin, assets: Path) -> Found | Passed:
    if not assets.is_dir():
        raise MissingPrerequisite(
            f"{ASSETS_VARIABLE} is {assets}, which is no directory: `unset {ASSETS_VARIABLE}` to have the control "
            f"plane built, or name the directory of etcd and kube-apiserver."
        )
    if wanted.name == API_SERVER or wanted.name in ITS_CLIENTS:
        _refuse_mixed(assets)
    path = (assets / wanted.name).absolute()
    if os.access(path, os.X_OK) and path.is_file():
        return Found(path=path, origin=ASSETS_VARIABLE)
    return Passed(reason=f"{ASSETS_VARIABLE} ({assets}) has none")


def _refuse_mixed(assets: Path) -> None:
    """What is built here has the pinned minor version, so what it is to work with must have that too."""
    there = [name for name in (API_SERVER, *ITS_CLIENTS) if (assets / name).is_file()]
    missing = [name for name in (API_SERVER, *ITS_CLIENTS) if name not in there]
    if not there or not missing:
        return
    pinned = version(pin(API_SERVER).version)
    for name in there:
        told = version(told_version(assets / name, pin(name)))
        if told is None or pinned is None or told[:2] != pinned[:2]:
            raise MissingPrerequisite(
                f"{ASSETS_VARIABLE} ({assets}) has {name} {told.text if told else 'of an unknown version'} but no "
                f"{' and no '.join(missing)}, and what would be built is {pin(API_SERVER).version}, which must not be "
                f"mixed with it: `unset {ASSETS_VARIABLE}`, or name a directory with Kubernetes "
                f"{pin(API_SERVER).version} or with all three."
            )
