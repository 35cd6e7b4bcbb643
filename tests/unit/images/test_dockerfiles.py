"""The images' Dockerfiles: pinned, checksummed, and without a step that Linux could not do for Windows."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
from pathlib import Path

import pytest

from rules.tables import image_parts
from rules.tables.docker_engine import ENGINE_RELEASES
from rules.tables.windows import WINDOWS_SKUS
from tests.unit.images.dockerfile import Dockerfile, read

ROOT = Path(__file__).resolve().parents[3]
IMAGES = ("docker-engine", "docker-cli")
PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
ENGINE = ENGINE_RELEASES["29.2.1"]


def dockerfile(image: str) -> Dockerfile:
    return read(ROOT / "images" / image / "Dockerfile")


def arguments(image: str) -> dict[str, str]:
    """All arguments with their defaults, which are the same wherever one is named again."""
    found = dockerfile(image)
    merged = dict(found.arguments)
    for stage in found.stages:
        for name, value in stage.defaults().items():
            assert merged.setdefault(name, value) == value, name
    return merged


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_assembled_on_linux_and_only_copied_on_windows(image: str) -> None:
    assembly, windows = dockerfile(image).stages

    assert (assembly.name, assembly.platform) == ("assembly", "$BUILDPLATFORM")
    assert {one.name for one in windows.instructions} <= {
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "LABEL",
        "USER",
    }
    assert windows.all("COPY")
    for copy in windows.all("COPY"):
        assert copy.flags == {"from": "assembly"}
        assert copy.words[0].startswith("/out/")


@pytest.mark.parametrize("image", IMAGES)
def test_every_base_and_the_frontend_are_pinned_by_the_tables_digests(image: str) -> None:
    found = dockerfile(image)
    assembly, windows = found.stages

    assert found.syntax == image_parts.DOCKERFILE_FRONTEND.pinned
    assert assembly.base == image_parts.ASSEMBLY.pinned
    base = found.arguments["WINDOWS"] if windows.base == "${WINDOWS}" else windows.base
    assert PINNED.fullmatch(base)
    if image == "docker-engine":
        # By digest alone: of the tag's meaning nothing may depend, and a comment tells it.
        assert base == f"{image_parts.HOST_PROCESS.name}@{image_parts.HOST_PROCESS.digest}"
        assert f"# {image_parts.HOST_PROCESS.tag}." in (ROOT / "images" / image / "Dockerfile").read_text()
    else:
        assert base == image_parts.NANO_SERVER["ltsc2022"].pinned


@pytest.mark.parametrize("image", IMAGES)
def test_every_download_has_the_tables_checksum(image: str) -> None:
    known = {
        ENGINE.url: ENGINE.sha256,
        image_parts.PYTHON_RUNTIME.url: image_parts.PYTHON_RUNTIME.sha256,
        image_parts.MINGIT.url: image_parts.MINGIT.sha256,
    }
    given = arguments(image)
    downloads = [add for stage in dockerfile(image).stages for add in stage.all("ADD")]
    assert len(downloads) == {"docker-engine": 2, "docker-cli": 3}[image]
    for add in downloads:
        url = re.sub(r"\$\{(\w+)\}", lambda name: given[name.group(1)], add.words[0])
        checksum = re.sub(r"\$\{(\w+)\}", lambda name: given[name.group(1)], add.flags["checksum"])
        assert checksum == f"sha256:{known[url]}"
    assert given["DOCKER_VERSION"] == ENGINE.version


@pytest.mark.parametrize("image", IMAGES)
def test_nothing_else_is_fetched_while_an_image_is_made(image: str) -> None:
    for stage in dockerfile(image).stages:
        for run in stage.all("RUN"):
            assert "/in/assemble.py" in " ".join(run.words), "only the assembly runs"
            assert not re.search(r"curl|wget|apt|https?://", run.text)


@pytest.mark.parametrize("image", IMAGES)
def test_all_that_is_copied_from_the_context_passes_the_ignore_file_and_nothing_else_does(image: str) -> None:
    folder = ROOT / "images" / image
    lines = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    let_through = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word
        for stage in dockerfile(image).stages
        for copy in stage.all("COPY")
        if "from" not in copy.flags
        for word in copy.words[:-1]
    }
    assert let_through == copied
    assert all((folder / name).exists() for name in let_through)
    assert any(fnmatch.fnmatch("a/__pycache__", line) for line in lines[1:])


@pytest.mark.parametrize(("image", "package"), [("docker-engine", "engine_supervisor"), ("docker-cli", "image_build")])
def test_the_entry_point_is_the_runtime_with_a_module_that_exists(image: str, package: str) -> None:
    windows = dockerfile(image).stages[-1]
    (entry,) = windows.all("ENTRYPOINT")

    program, *rest = entry.words
    assert program.endswith(r"\python\python.exe")
    assert rest == ["-m", package]
    assert importlib.util.find_spec(package) is not None


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_what_it_is_and_has_a_path_with_windows_programs(image: str) -> None:
    windows = dockerfile(image).stages[-1]
    labels = dict(word.partition("=")[::2] for one in windows.all("LABEL") for word in one.words)
    environment = dict(word.partition("=")[::2] for one in windows.all("ENV") for word in one.words)

    assert labels["org.opencontainers.image.version"] == "${DOCKER_VERSION}"
    assert {"title", "description", "source", "revision"} <= {name.rpartition(".")[2] for name in labels}
    assert r"C:\Windows\System32" in environment["PATH"].split(";")


def test_nano_server_is_pinned_for_every_windows_that_a_pool_may_have() -> None:
    assert set(image_parts.NANO_SERVER) == {sku.container_tags[0] for sku in WINDOWS_SKUS.values()}
    assert all(tag == base.tag for tag, base in image_parts.NANO_SERVER.items())


def test_everything_in_the_table_of_parts_is_pinned_and_has_a_source() -> None:
    archives = (image_parts.PYTHON_RUNTIME, image_parts.MINGIT)
    bases = (
        image_parts.DOCKERFILE_FRONTEND,
        image_parts.ASSEMBLY,
        image_parts.HOST_PROCESS,
        *image_parts.NANO_SERVER.values(),
    )
    for archive in archives:
        assert re.fullmatch(r"[0-9a-f]{64}", archive.sha256)
        assert archive.version in archive.url
        assert archive.url.startswith("https://")
    for base in bases:
        assert PINNED.fullmatch(base.pinned)
    assert all("read 20" in one.source for one in (*archives, *bases))


def test_the_assembly_runs_the_minor_version_of_the_runtime() -> None:
    minor = image_parts.PYTHON_RUNTIME.version.rpartition(".")[0]

    assert image_parts.ASSEMBLY.tag.startswith(f"{minor}.")


def test_every_library_of_the_engines_image_is_locked_with_hashes() -> None:
    text = (ROOT / "images" / "docker-engine" / "requirements.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#") and entry.strip()]

    assert len(entries) > 10
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+( ; [^\\]+)? \\", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    named = {re.split("==", entry)[0] for entry in entries}
    wanted = re.findall(r"^([\w-]+)==", (ROOT / "images" / "docker-engine" / "requirements.in").read_text(), re.M)
    assert set(wanted) | {"pywin32"} <= named


@pytest.mark.parametrize("image", IMAGES)
def test_the_documented_build_is_one_manifest_for_windows(image: str) -> None:
    text = (ROOT / "docs" / "images.md").read_text()
    commands = [
        block
        for block in re.findall(r"```(?:sh|shell|bash)\n(.*?)```", text, re.S)
        if "docker buildx build" in block and f"images/{image}" in block
    ]

    assert commands
    for command in commands:
        assert "--platform windows/amd64" in command
        # An attestation would make it a manifest list.
        assert "--provenance=false" in command
        assert "--sbom=false" in command
