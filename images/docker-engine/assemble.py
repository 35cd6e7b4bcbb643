r"""Puts the content of the engine's image together, on Linux, while the image is built.

Owns the three folders of the image: `docker` (the engine's programs and the manifest that the supervisor checks them
by), `python` (Python's embeddable package for Windows with the libraries) and `app` (the supervisor). Runs with the
same minor version of Python as the runtime's, so that the bytecode made here is what the node reads.

Refuses an archive without the programs or of another version, a requirement whose marker it does not know, and
libraries that come as anything but wheels of the locked hashes.

Needs nothing but the standard library and pip.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import json
import py_compile
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

PROGRAMS = ("docker.exe", "dockerd.exe")
LIBRARIES = r"Lib\site-packages"
ON_WINDOWS = "sys_platform == 'win32'"

# Of pywin32, which is here for services and pipes: user interfaces, COM, samples. Of kubernetes, its asynchronous twin,
# which is half of it.
UNUSED = (
    "PyWin32.chm",
    "adodbapi",
    "bin",
    "isapi",
    "kubernetes/aio",
    "pythoncom.py",
    "pythonwin",
    "pywin32.pth",
    "win32/Demos",
    "win32/include",
    "win32/libs",
    "win32/scripts",
    "win32/test",
    "win32com",
    "win32comext",
)


class Unfit(Exception):
    """What was given cannot become the image; the message says why."""


def unpack_programs(archive: Path, version: str, folder: Path) -> None:
    """The engine's programs from Docker's archive, with their manifest."""
    folder.mkdir(parents=True)
    entries = {}
    with zipfile.ZipFile(archive) as opened:
        for name in PROGRAMS:
            try:
                content = opened.read(f"docker/{name}")
            except KeyError as error:
                raise Unfit(f"{archive.name} has no docker/{name}: it is not Docker's archive for Windows") from error
            (folder / name).write_bytes(content)
            entries[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    dockerd = (folder / "dockerd.exe").read_bytes()
    # Docker's builds link it into the program (`dockerversion.Version`), and Windows' resources have it in UTF-16.
    if not any(version.encode(encoding) in dockerd for encoding in ("ascii", "utf-16-le")):
        raise Unfit(
            f"the dockerd.exe of {archive.name} is not of Docker Engine {version}: DOCKER_VERSION, DOCKER_URL and "
            "DOCKER_SHA256 have to be of one release"
        )
    manifest = {"version": version, "files": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", newline="\n")


def unpack_runtime(archive: Path, folder: Path) -> str:
    """Python's embeddable package; gives its minor version, for example `3.14`."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    found = sorted(folder.glob("python3*._pth"))
    named = re.fullmatch(r"python3(\d+)\._pth", found[0].name) if len(found) == 1 else None
    if named is None:
        raise Unfit(f"{archive.name} is not Python's embeddable package: it has no python3NN._pth")
    # This file is the whole of sys.path: no environment variable and no registry of the node adds to it. `import site`
    # stays out, and with it .pth files; what pywin32's would do is in these lines and in `place_libraries`.
    lines = [
        f"python3{named.group(1)}.zip",
        ".",
        LIBRARIES,
        rf"{LIBRARIES}\win32",
        rf"{LIBRARIES}\win32\lib",
        r"..\app",
    ]
    found[0].write_text("\r\n".join(lines) + "\r\n", newline="")
    return f"3.{named.group(1)}"


def windows_requirements(text: str) -> str:
    """The locked requirements as they are on Windows.

    pip judges markers by the system that it runs on, whatever `--platform` says, and would leave pywin32 out.
    """
    lines = []
    for line in text.splitlines():
        requirement, semicolon, rest = line.partition(" ; ")
        if semicolon:
            marker = rest.removesuffix("\\").strip()
            if marker != ON_WINDOWS:
                raise Unfit(f"{requirement}: the marker {marker!r} is not known here; {ON_WINDOWS!r} is")
            line = f"{requirement} \\" if rest.endswith("\\") else requirement
        lines.append(line)
    return "\n".join(lines) + "\n"


def install_libraries(requirements: Path, minor: str, folder: Path) -> None:
    """The locked libraries as wheels for Windows, into `folder`."""
    folder.mkdir(parents=True)
    locked = folder.parent / "requirements.txt"
    locked.write_text(windows_requirements(requirements.read_text()))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--no-compile",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            "--platform=win_amd64",
            "--implementation=cp",
            f"--python-version={minor}",
            f"--target={folder}",
            f"--requirement={locked}",
        ],
        check=True,
    )
    locked.unlink()


def place_libraries(libraries: Path, runtime: Path) -> None:
    """Put pywin32's own libraries beside python.exe, where Windows looks for them, and drop what nobody here uses."""
    system = libraries / "pywin32_system32"
    found = sorted(system.glob("pywintypes*.dll")) if system.is_dir() else []
    if not found:
        raise Unfit("pywin32 is not among the libraries: services and pipes could not be used")
    for library in sorted(system.glob("*.dll")):
        shutil.move(library, runtime / library.name)
    for name in ("pywin32_system32", *UNUSED):
        path = libraries / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def compile_all(folders: Sequence[Path]) -> None:
    """Bytecode that is never compared with its source: pods start anew often, and compiling takes seconds each time."""
    for folder in folders:
        if not compileall.compile_dir(
            folder,
            quiet=2,
            workers=0,
            stripdir=str(folder.parent),
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        ):
            raise Unfit(f"{folder} does not compile with Python {sys.version_info.major}.{sys.version_info.minor}")


def assemble(*, docker: Path, version: str, python: Path, requirements: Path, package: Path, out: Path) -> None:
    """All of it, into `out`."""
    unpack_programs(docker, version, out / "docker")
    runtime = out / "python"
    minor = unpack_runtime(python, runtime)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if minor != here:
        raise Unfit(f"the runtime is Python {minor} and this is {here}: bytecode of one is not read by the other")
    libraries = runtime / "Lib" / "site-packages"
    install_libraries(requirements, minor, libraries)
    place_libraries(libraries, runtime)
    app = out / "app"
    shutil.copytree(package, app / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    compile_all([libraries, app])


def main() -> None:
    """Read the arguments, assemble."""
    parser = argparse.ArgumentParser(description="Assemble the engine's image.")
    parser.add_argument("--docker", type=Path, required=True, help="Docker's archive for Windows")
    parser.add_argument("--version", required=True, help="its version")
    parser.add_argument("--python", type=Path, required=True, help="Python's embeddable package for Windows")
    parser.add_argument("--requirements", type=Path, required=True, help="locked libraries")
    parser.add_argument("--package", type=Path, required=True, help="folder of the supervisor's package")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    try:
        assemble(**vars(parser.parse_args()))
    except Unfit as error:
        sys.exit(f"assemble: {error}")


if __name__ == "__main__":
    main()
