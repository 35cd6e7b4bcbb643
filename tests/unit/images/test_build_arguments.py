"""What `up` tells the Dockerfiles: arguments that they have, and that decide what the image is of."""

from __future__ import annotations

import pytest

from components.images import build_arguments
from rules.tables.docker_engine import ENGINE_RELEASES
from rules.tables.image_parts import NANO_SERVER
from tests.unit.images.test_dockerfiles import arguments, dockerfile

RELEASE = ENGINE_RELEASES["29.2.1"]
GIVEN = {"version": RELEASE.version, "url": RELEASE.url, "sha256": RELEASE.sha256}


def test_the_engines_dockerfile_has_these_arguments_and_this_release_as_default() -> None:
    assert build_arguments.docker_engine(**GIVEN).items() <= arguments("docker-engine").items()


@pytest.mark.parametrize("windows", sorted(NANO_SERVER))
def test_the_clients_dockerfile_has_these_arguments(windows: str) -> None:
    given = build_arguments.docker_cli(**GIVEN, windows=windows)

    assert given.keys() <= arguments("docker-cli").keys()
    assert given["WINDOWS"] == NANO_SERVER[windows].pinned
    # Outside of the first stage, or it could not choose a base.
    assert "WINDOWS" in dockerfile("docker-cli").arguments


def test_a_windows_without_a_base_is_refused() -> None:
    with pytest.raises(ValueError, match="'ltsc2019' has no base image; pinned are ltsc2022, ltsc2025"):
        build_arguments.docker_cli(**GIVEN, windows="ltsc2019")


@pytest.mark.parametrize("image", ["docker-engine", "docker-cli"])
def test_a_version_is_that_of_the_stage_that_uses_it(image: str) -> None:
    # An argument holds in its own stage only: the label's stage has to name it again.
    assembly, windows = dockerfile(image).stages

    assert "DOCKER_VERSION" in windows.defaults()
    assert "DOCKER_VERSION" in assembly.defaults()
    (run,) = assembly.all("RUN")
    assert '--version "$DOCKER_VERSION"' in run.words[-1]
