"""What the assembly programs make of the archives, and what they refuse."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine_supervisor.adapters.windows.programs import Programs, read_manifest
from tests.unit.images.conftest import HERE, ROOT, load

Archive = Callable[[str, Mapping[str, str]], Path]
DOCKER = {"docker/docker.exe": "the client 29.2.1", "docker/dockerd.exe": "the engine 29.2.1"}
PYTHON = {"python.exe": "python", f"python{HERE}._pth": "whatever", f"python{HERE}.zip": "library"}


@pytest.fixture
def engine() -> ModuleType:
    return load("docker-engine")


@pytest.fixture
def cli() -> ModuleType:
    return load("docker-cli")


class Pip:
    """Stands for pip: notes its command line and the requirements, and leaves what pip would."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.argv: list[str] = []
        self.requirements = ""

    def __call__(self, argv: list[str], *, check: bool) -> None:
        assert check
        self.argv = argv
        options = dict(word.removeprefix("--").partition("=")[::2] for word in argv if word.startswith("--"))
        self.requirements = Path(options["requirement"]).read_text()
        for name, text in self.files.items():
            path = Path(options["target"]) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


LIBRARIES = {
    "docker/__init__.py": "x = 1\n",
    "kubernetes/__init__.py": "",
    "kubernetes/aio/__init__.py": "",
    "pywin32_system32/pywintypes313.dll": "a",
    "pywin32_system32/pythoncom313.dll": "b",
    "pywin32.pth": "win32",
    "win32/win32service.pyd": "",
    "win32/Demos/demo.py": "not python",
    "pythonwin/pywin.py": "",
}


@pytest.fixture
def pip(engine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Pip:
    stand_in = Pip(LIBRARIES)
    monkeypatch.setattr(engine.subprocess, "run", stand_in)
    return stand_in


def assembled(engine: ModuleType, archive: Archive, tmp_path: Path, **changes: Any) -> Path:
    package = tmp_path / "engine_supervisor"
    (package / "__pycache__").mkdir(parents=True, exist_ok=True)
    (package / "__main__.py").write_text("print('here')\n")
    (package / "__pycache__" / "old.pyc").write_text("")
    requirements = tmp_path / "locked.txt"
    requirements.write_text("docker==7.2.0 \\\n    --hash=sha256:00\n")
    given: dict[str, Any] = {
        "docker": archive("docker.zip", DOCKER),
        "version": "29.2.1",
        "python": archive("python.zip", PYTHON),
        "requirements": requirements,
        "package": package,
        "out": tmp_path / "out",
        **changes,
    }
    engine.assemble(**given)
    out: Path = given["out"]
    return out


def test_the_engines_image_has_three_folders(engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip) -> None:
    out = assembled(engine, archive, tmp_path)

    assert sorted(one.name for one in out.iterdir()) == ["app", "docker", "python"]
    assert sorted(one.name for one in (out / "docker").iterdir()) == ["docker.exe", "dockerd.exe", "manifest.json"]
    assert (out / "app" / "engine_supervisor" / "__main__.py").is_file()
    assert not list(out.rglob("old.pyc"))


def test_the_supervisor_installs_from_the_manifest_that_the_build_wrote(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    out = assembled(engine, archive, tmp_path)

    manifest = read_manifest(out / "docker")
    assert manifest is not None
    assert manifest.version == "29.2.1"
    assert manifest.sha256["dockerd.exe"] == hashlib.sha256(b"the engine 29.2.1").hexdigest()
    programs = Programs(tmp_path / "install", out / "docker")
    programs.install("29.2.1")
    assert programs.installed() == {"29.2.1"}


def test_the_same_archives_make_the_same_manifest(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    first = assembled(engine, archive, tmp_path, out=tmp_path / "one")
    second = assembled(engine, archive, tmp_path, out=tmp_path / "two")

    texts = [(folder / "docker" / "manifest.json").read_bytes() for folder in (first, second)]
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["files"]["docker.exe"]["bytes"] == len("the client 29.2.1")


def test_the_runtime_finds_its_libraries_and_the_supervisor_and_nothing_of_the_node(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    out = assembled(engine, archive, tmp_path)

    assert (out / "python" / f"python{HERE}._pth").read_bytes().decode().split("\r\n") == [
        f"python{HERE}.zip",
        ".",
        r"Lib\site-packages",
        r"Lib\site-packages\win32",
        r"Lib\site-packages\win32\lib",
        r"..\app",
        "",
    ]


def test_pywin32_can_be_loaded_and_what_nobody_uses_is_gone(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    out = assembled(engine, archive, tmp_path)

    libraries = out / "python" / "Lib" / "site-packages"
    assert (out / "python" / "pywintypes313.dll").is_file()
    assert (out / "python" / "pythoncom313.dll").is_file()
    assert (libraries / "win32" / "win32service.pyd").is_file()
    for name in ("pywin32_system32", "pywin32.pth", "pythonwin", "win32/Demos", "kubernetes/aio"):
        assert not (libraries / name).exists()


def test_bytecode_is_there_and_is_never_compared_with_its_source(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    out = assembled(engine, archive, tmp_path)

    compiled = sorted(out.rglob("*.pyc"))
    assert {one.parents[1].name for one in compiled} == {"docker", "kubernetes", "engine_supervisor"}
    for file in compiled:
        flags = int.from_bytes(file.read_bytes()[4:8], "little")
        assert flags == 0b01, "hash-based, unchecked (PEP 552)"
        assert file.read_bytes()[:4] == importlib.util.MAGIC_NUMBER
    # No path of the machine that built it.
    assert str(tmp_path).encode() not in b"".join(file.read_bytes() for file in compiled)


def test_libraries_are_wheels_for_windows_of_the_locked_hashes(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    assembled(engine, archive, tmp_path)

    assert pip.argv[:4] == [sys.executable, "-m", "pip", "install"]
    for option in (
        "--require-hashes",
        "--only-binary=:all:",
        "--no-deps",
        "--platform=win_amd64",
        f"--python-version=3.{sys.version_info.minor}",
    ):
        assert option in pip.argv
    assert pip.requirements == "docker==7.2.0 \\\n    --hash=sha256:00\n"


def test_requirements_for_windows_only_are_not_left_out(engine: ModuleType) -> None:
    # pip on Linux judges the marker by Linux.
    text = "a==1 \\\n    --hash=sha256:00\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:11\n"

    assert engine.windows_requirements(text) == text.replace(" ; sys_platform == 'win32'", "")
    locked = (ROOT / "images" / "docker-engine" / "requirements.txt").read_text()
    assert "\npywin32==312 \\\n" in engine.windows_requirements(locked)
    assert " ; " not in engine.windows_requirements(locked)


def test_a_marker_that_is_not_known_is_refused(engine: ModuleType) -> None:
    with pytest.raises(engine.Unfit, match=r"the marker .*linux.* is not known"):
        engine.windows_requirements("a==1 ; sys_platform == 'linux' \\\n    --hash=sha256:00\n")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"docker": {"docker/docker.exe": ""}}, r"other-docker\.zip has no docker/dockerd\.exe"),
        ({"python": {"python.exe": ""}}, r"it has no python3NN\._pth"),
        ({"python": {"python.exe": "", "python38._pth": ""}}, r"the runtime is Python 3\.8 and this is 3\."),
    ],
)
def test_an_archive_that_is_not_what_it_should_be_is_refused(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip, changes: dict[str, dict[str, str]], message: str
) -> None:
    given = {name: archive(f"other-{name}.zip", files) for name, files in changes.items()}

    with pytest.raises(engine.Unfit, match=message):
        assembled(engine, archive, tmp_path, **given)


def test_an_archive_of_another_version_than_the_images_is_refused(
    engine: ModuleType, cli: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    message = r"is not of Docker (Engine )?29\.3\.0: DOCKER_VERSION, DOCKER_URL and DOCKER_SHA256"
    with pytest.raises(engine.Unfit, match=message):
        assembled(engine, archive, tmp_path, version="29.3.0")
    with pytest.raises(cli.Unfit, match=message):
        cli.assemble(
            docker=archive("docker.zip", DOCKER),
            version="29.3.0",
            git=archive("git.zip", GIT),
            python=archive("python.zip", PYTHON),
            package=tmp_path,
            out=tmp_path / "cli",
        )
    # As the resources of a Windows program have it.
    resources = {name: "\0".join(text) + "\0" for name, text in DOCKER.items()}
    assembled(engine, archive, tmp_path, docker=archive("utf16.zip", resources), out=tmp_path / "utf16")


def test_libraries_without_pywin32_are_refused(engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip) -> None:
    pip.files = {"docker/__init__.py": ""}

    with pytest.raises(engine.Unfit, match="pywin32 is not among the libraries"):
        assembled(engine, archive, tmp_path)


def test_a_module_that_does_not_compile_stops_the_build(
    engine: ModuleType, archive: Archive, tmp_path: Path, pip: Pip
) -> None:
    pip.files = {**LIBRARIES, "docker/broken.py": "def :"}

    with pytest.raises(engine.Unfit, match="does not compile"):
        assembled(engine, archive, tmp_path)


GIT = {"cmd/git.exe": "git", "LICENSE.txt": "license"}


def test_the_cli_image_has_its_programs_where_its_path_looks(cli: ModuleType, archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli.assemble(
        docker=archive("docker.zip", DOCKER),
        version="29.2.1",
        git=archive("git.zip", GIT),
        python=archive("python.zip", PYTHON),
        package=ROOT / "images" / "docker-cli" / "image_build",
        out=out,
    )

    assert sorted(one.name for one in out.iterdir()) == ["app", "docker", "git", "python"]
    assert [one.name for one in (out / "docker").iterdir()] == ["docker.exe"]
    assert (out / "git" / "cmd" / "git.exe").read_text() == "git"
    assert (out / "python" / f"python{HERE}._pth").read_bytes() == f"python{HERE}.zip\r\n.\r\n..\\app\r\n".encode()
    assert (out / "app" / "image_build" / "__main__.py").is_file()
    assert not list(out.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("docker", {"docker/dockerd.exe": ""}, r"docker\.zip has no docker/docker\.exe"),
        ("git", {"bin/git.exe": ""}, r"git\.zip has no cmd/git\.exe"),
        ("python", {"python.exe": ""}, r"it has no python3NN\._pth"),
    ],
)
def test_an_archive_of_the_cli_image_that_is_something_else_is_refused(
    cli: ModuleType, archive: Archive, tmp_path: Path, name: str, files: dict[str, str], message: str
) -> None:
    given = {"docker": DOCKER, "git": GIT, "python": PYTHON, name: files}

    with pytest.raises(cli.Unfit, match=message):
        cli.assemble(
            **{one: archive(f"{one}.zip", entries) for one, entries in given.items()},
            version="29.2.1",
            package=ROOT / "images" / "docker-cli" / "image_build",
            out=tmp_path / "out",
        )


@pytest.mark.parametrize("image", ["docker-engine", "docker-cli"])
def test_an_assembly_runs_with_nothing_but_the_standard_library(image: str) -> None:
    path = ROOT / "images" / image / "assemble.py"

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(path), "--help"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
