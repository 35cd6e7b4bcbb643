"""Puts the content of the docker-cli image together, on Linux, while the image is built.

Owns its four folders: `docker` (the client), `git` (MinGit), `python` (Python's embeddable package for Windows, without
libraries) and `app` (the program of the image's Jobs). Refuses archives that are not these, and a client of
another version than the image's label.

Needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import zipfile
from pathlib import Path


class Unfit(Exception):
    """What was given cannot become the image; the message says why."""


def unpack(archive: Path, folder: Path, needed: str) -> None:
    """An archive, in which the file `needed` is."""
    with zipfile.ZipFile(archive) as opened:
        if needed not in opened.namelist():
            raise Unfit(f"{archive.name} has no {needed}")
        opened.extractall(folder)


def assemble(*, docker: Path, version: str, git: Path, python: Path, package: Path, out: Path) -> None:
    """All of it, into `out`."""
    unpack(docker, out / "unpacked", "docker/docker.exe")
    (out / "docker").mkdir()
    client = out / "docker" / "docker.exe"
    shutil.move(out / "unpacked" / "docker" / "docker.exe", client)
    # Docker's builds link it into the program (`version.Version`), and Windows' resources have it in UTF-16.
    if not any(version.encode(encoding) in client.read_bytes() for encoding in ("ascii", "utf-16-le")):
        raise Unfit(
            f"the docker.exe of {docker.name} is not of Docker {version}: DOCKER_VERSION, DOCKER_URL and DOCKER_SHA256 "
            "have to be of one release"
        )
    shutil.rmtree(out / "unpacked")
    unpack(git, out / "git", "cmd/git.exe")
    unpack(python, out / "python", "python.exe")
    found = sorted((out / "python").glob("python3*._pth"))
    if len(found) != 1:
        raise Unfit(f"{python.name} is not Python's embeddable package: it has no python3NN._pth")
    # The whole of sys.path.
    archive = found[0].name.replace("._pth", ".zip")
    found[0].write_text(f"{archive}\r\n.\r\n..\\app\r\n", newline="")
    shutil.copytree(package, out / "app" / package.name, ignore=shutil.ignore_patterns("__pycache__"))


def main() -> None:
    """Read the arguments, assemble."""
    parser = argparse.ArgumentParser(description="Assemble the docker-cli image.")
    parser.add_argument("--docker", type=Path, required=True, help="Docker's archive for Windows")
    parser.add_argument("--version", required=True, help="its version")
    parser.add_argument("--git", type=Path, required=True, help="MinGit's archive")
    parser.add_argument("--python", type=Path, required=True, help="Python's embeddable package for Windows")
    parser.add_argument("--package", type=Path, required=True, help="folder of the program's package")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    try:
        assemble(**vars(parser.parse_args()))
    except Unfit as error:
        sys.exit(f"assemble: {error}")


if __name__ == "__main__":
    main()
