"""Puts the plugins where the engine finds them, official ones first.

Owns the choice between an official part and our stand-in, and its report, because every run says what served it.
Refuses to fetch anything: what is not on the machine is stood in for. There is no choice for azure-native and
docker-build: the official ones would reach the real Azure, and push to a real registry.

How the engine looks for a plugin (`sdk/go/common/workspace/plugins.go`, `getPluginInfoAndPath`, 3.256.0): on PATH,
then for a language host beside the real `pulumi` executable, then in `PULUMI_HOME/plugins/KIND-NAME-vVERSION/`; no
manifest is needed beside an executable. With a version asked for, as each resource of `pulumi_kubernetes` does, the
folder must have exactly it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.plugins import launcher

CHECKOUT = Path(__file__).resolve().parents[2]
LANGUAGE_VARIABLE = "BUILDFLEET_LANGUAGE_HOST"
KUBERNETES_VARIABLE = "BUILDFLEET_KUBERNETES_PROVIDER"
CHOICES = ("official", "stand-in")
LANGUAGE_EXECUTABLE = "pulumi-language-python"
LANGUAGE_SHIM = "pulumi-language-python-exec"
"""The official host is two files, and ends with `missing executor` where the second is not beside the first."""
KUBERNETES_EXECUTABLE = "pulumi-resource-kubernetes"

Source = Literal["official", "stand-in"]


class InstallError(Exception):
    """What was asked for cannot be installed; the message is for the user."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One plugin in use."""

    what: str
    source: Source
    path: str
    """Of an official one the file; of a stand-in its folder in the checkout."""

    def __str__(self) -> str:
        return f"{self.what}: {self.source} ({self.path})"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """What `install` did: the executable to run, what to add to its environment, and the plugins in use."""

    pulumi: Path
    environment: Mapping[str, str]
    language_host: Part
    kubernetes: Part
    azure_native: Part
    docker_build: Part

    @property
    def report(self) -> list[str]:
        """One line a plugin that every stack uses, for the head of every run."""
        return [str(self.language_host), str(self.kubernetes)]

    def docker_build_report(self) -> str:
        """What a run whose stack builds images has to say besides."""
        return f"{self.docker_build}: no image is built or pushed, digests are made up."

    def simulated(self, *, azure: bool) -> list[str]:
        """What of a run is not the real thing, one line each, without paths; `azure`: the stack uses Azure."""
        parts = [self.language_host, self.kubernetes]
        stood_in = [f"{part.what}: a stand-in of the sandbox" for part in parts if part.source == "stand-in"]
        return [
            "nodes: no container runs",
            *stood_in,
            *([f"{self.azure_native.what}: Azure is simulated (sandbox/azure/notes.py)"] if azure else []),
        ]

    def azure_report(self) -> list[str]:
        """What a run whose stack uses Azure has to say besides: that none is reached, and what is not checked."""
        # Not at the top: most runs have no Azure, and all pay for imports.
        from sandbox.azure.notes import NOT_CHECKED

        # Each note's first words; its reasons are for who reads them there.
        brief = "; ".join(note.partition(": ")[0] for note in NOT_CHECKED)
        return [
            f"{self.azure_native}: Azure is simulated, and nothing of yours is reached.",
            *textwrap.wrap(
                f"Not checked (sandbox/azure/notes.py): {brief}.",
                116,
                initial_indent="  ",
                subsequent_indent="  ",
                break_on_hyphens=False,
            ),
        ]


def install(
    pulumi_home: Path,
    *,
    python: Path,
    pulumi: Path,
    variables: Mapping[str, str] | None = None,
    user_home: Path | None = None,
) -> Installed:
    """Install the plugins into `pulumi_home` for the engine `pulumi` and the interpreter `python`; may be repeated.

    `python` must have the packages of requirements-dev.txt. `variables` (default: the process's environment) may hold
    `BUILDFLEET_LANGUAGE_HOST` and `BUILDFLEET_KUBERNETES_PROVIDER`, each `official` or `stand-in`, and the PATH to
    search; `user_home` (default: the user's) is where `.pulumi/plugins` is looked for. Raises `InstallError` for
    another value, for an official part that was asked for and is not there, and where Pulumi or its SDK is missing.
    """
    known = os.environ if variables is None else variables
    search = known.get("PATH", "")
    executable = pulumi.resolve()
    if not executable.is_file():
        raise InstallError(f"{pulumi}: there is no Pulumi executable. Run `make tools`, or put pulumi on PATH.")
    kubernetes_version, azure_native_version, docker_build_version = _sdk_versions(python)
    language, run_as = _language_host(pulumi_home, python, executable, search, _choice(known, LANGUAGE_VARIABLE))
    kubernetes = _kubernetes(
        pulumi_home,
        python,
        search,
        user_home or Path.home(),
        _choice(known, KUBERNETES_VARIABLE),
        version=kubernetes_version,
    )
    azure_native = _stand_in(pulumi_home, python, "azure-native", version=azure_native_version)
    docker_build = _stand_in(pulumi_home, python, "docker-build", version=docker_build_version)
    environment = {
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # What is on PATH wins over what is installed here, with a warning at every run: all that we want is linked in.
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    }
    return Installed(
        pulumi=run_as,
        environment=environment,
        language_host=language,
        kubernetes=kubernetes,
        azure_native=azure_native,
        docker_build=docker_build,
    )


def _choice(variables: Mapping[str, str], name: str) -> Source | None:
    match variables.get(name, ""):
        case "":
            return None
        case "official":
            return "official"
        case "stand-in":
            return "stand-in"
        case other:
            raise InstallError(
                f"{name} is {other}; it must be {' or '.join(CHOICES)}, or unset: official where there is one."
            )


def _language_host(home: Path, python: Path, pulumi: Path, search: str, choice: Source | None) -> tuple[Part, Path]:
    folder = home / "plugins" / f"language-python-v{_pulumi_version(pulumi)}"
    bundled = _official_host(pulumi.parent / LANGUAGE_EXECUTABLE)
    found = shutil.which(LANGUAGE_EXECUTABLE, path=search)
    official = bundled or (_official_host(Path(found)) if found else None)
    if choice == "official" and official is None:
        raise InstallError(
            f"{LANGUAGE_VARIABLE} is official, and no {LANGUAGE_EXECUTABLE} with {LANGUAGE_SHIM} beside it is next to "
            f"{pulumi} or on PATH. Install Pulumi with its language hosts, or unset {LANGUAGE_VARIABLE}."
        )
    if official is not None and choice != "stand-in":
        if bundled is None:
            for name in (LANGUAGE_EXECUTABLE, LANGUAGE_SHIM):
                _link(folder / name, official.parent / name)
        return Part(what="language host", source="official", path=str(official)), pulumi
    launcher.write(
        folder / LANGUAGE_EXECUTABLE, python=python, checkout=CHECKOUT, module="sandbox.plugins.language_host.__main__"
    )
    part = Part(what="language host", source="stand-in", path="sandbox/plugins/language_host")
    beside = pulumi.parent / LANGUAGE_EXECUTABLE
    return part, _alone(home, pulumi) if beside.exists() else pulumi


def _kubernetes(home: Path, python: Path, search: str, user_home: Path, choice: Source | None, *, version: str) -> Part:
    folder = home / "plugins" / f"resource-kubernetes-v{version}"
    official = _official_kubernetes(search, user_home, version)
    if choice == "official" and official is None:
        raise InstallError(
            f"{KUBERNETES_VARIABLE} is official, and no {KUBERNETES_EXECUTABLE} of version {version} or later is in "
            f"{user_home / '.pulumi' / 'plugins'} or on PATH. Run `pulumi plugin install resource "
            f"kubernetes {version}`, or unset {KUBERNETES_VARIABLE}."
        )
    if official is not None and choice != "stand-in":
        _link(folder / KUBERNETES_EXECUTABLE, official)
        return Part(what="kubernetes provider", source="official", path=str(official))
    launcher.write(
        folder / KUBERNETES_EXECUTABLE,
        python=python,
        checkout=CHECKOUT,
        module="sandbox.plugins.kubernetes_provider.__main__",
    )
    return Part(what="kubernetes provider", source="stand-in", path="sandbox/plugins/kubernetes_provider")


def _stand_in(home: Path, python: Path, package: str, *, version: str) -> Part:
    """A provider that is always ours."""
    module = f"{package.replace('-', '_')}_provider"
    launcher.write(
        home / "plugins" / f"resource-{package}-v{version}" / f"pulumi-resource-{package}",
        python=python,
        checkout=CHECKOUT,
        module=f"sandbox.plugins.{module}.__main__",
    )
    return Part(what=f"{package} provider", source="stand-in", path=f"sandbox/plugins/{module}")


def _official_host(path: Path) -> Path | None:
    actual = path.resolve()
    return actual if actual.is_file() and actual.with_name(LANGUAGE_SHIM).is_file() else None


def _official_kubernetes(search: str, user_home: Path, least: str) -> Path | None:
    """The newest of those at least as new as the SDK; one on PATH only if it says its version."""
    found: list[tuple[tuple[int, ...], Path]] = []
    for folder in (user_home / ".pulumi" / "plugins").glob("resource-kubernetes-v*"):
        executable = folder / KUBERNETES_EXECUTABLE
        if executable.is_file() and not folder.with_name(f"{folder.name}.partial").exists():
            found.append((_numbers(folder.name.rpartition("-v")[2]), executable))
    ambient = shutil.which(KUBERNETES_EXECUTABLE, path=search)
    if ambient:
        found.append((_numbers(_output([ambient, "-version"])), Path(ambient)))
    usable = [(version, path) for version, path in found if version >= _numbers(least)]
    return max(usable)[1] if usable else None


def _alone(home: Path, pulumi: Path) -> Path:
    """The executable in a folder of its own: from where it is, it would find the host that is beside it."""
    target = home / "bin" / pulumi.name
    if target.exists() and target.stat().st_size == pulumi.stat().st_size:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(pulumi)
    except OSError:  # another file system
        shutil.copy2(pulumi, target)
    return target


def _link(link: Path, target: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _pulumi_version(pulumi: Path) -> str:
    version = _output([str(pulumi), "version"]).strip().removeprefix("v")
    # A build without its version stamped in says nothing; any version does then, because the engine asks for none.
    return version or "0.0.0"


def _sdk_versions(python: Path) -> tuple[str, str, str]:
    """Of pulumi-kubernetes, pulumi-azure-native and pulumi-docker-build."""
    names = "'pulumi-kubernetes', 'pulumi-azure-native', 'pulumi-docker-build'"
    code = f"from importlib.metadata import version; print(*map(version, [{names}]))"
    versions = _output([str(python), "-c", code]).split()
    if len(versions) != 3:
        raise InstallError(f"{python} has not all of {names}. Install requirements-dev.txt into it.")
    return versions[0], versions[1], versions[2]


def _output(command: list[str]) -> str:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    try:
        # Pulumi writes a log into its home even when it only tells its version: not into the user's.
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
                env={**inherited, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
            )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _numbers(version: str) -> tuple[int, ...]:
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(part) for part in match.groups()) if match else ()
