"""Images that `up` builds: what the docker-build provider is told, and what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.images.built_image import BuiltImage, BuiltImageArgs, RegistryLogin
from tests.unit.components.mocks import SECRET, RecordingMonitor, deploy, strings_in

IMAGE = "docker-build:index:Image"
ROOT = Path(__file__).resolve().parents[3]
REFERENCE = "contoso.azurecr.io/buildfleet/docker-engine:0.1.0-29.2.1@sha256:" + "0" * 64
PASSWORD = "hunter2-hunter2"


def arguments(**changes: Any) -> BuiltImageArgs:
    given: dict[str, Any] = {
        "context": ROOT / "images" / "docker-engine",
        "repository": "contoso.azurecr.io/buildfleet/docker-engine",
        "tag": "0.1.0-29.2.1",
        "build_args": {"DOCKER_VERSION": "29.2.1", "DOCKER_SHA256": "00"},
        **changes,
    }
    return BuiltImageArgs(**given)


def made(**changes: Any) -> RecordingMonitor:
    return deploy(lambda: BuiltImage("engine", arguments(**changes)), outputs={IMAGE: {"ref": REFERENCE}})


def test_an_image_is_one_manifest_for_windows_that_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "infra")

    image = made().only(IMAGE)

    assert image.inputs == {
        "push": True,
        "platforms": ["windows/amd64"],
        "tags": ["contoso.azurecr.io/buildfleet/docker-engine:0.1.0-29.2.1"],
        "context": {"location": "../images/docker-engine"},
        "dockerfile": {"location": "../images/docker-engine/Dockerfile"},
        "buildArgs": {"DOCKER_VERSION": "29.2.1", "DOCKER_SHA256": "00"},
        "buildOnPreview": False,
        # The SDK's own default.
        "network": "default",
    }


def test_the_reference_has_the_digest() -> None:
    assert made().outputs_of("engine") == {"reference": REFERENCE}


def test_no_path_of_the_machine_gets_into_the_state() -> None:
    texts = [text for one in made().registrations for text in strings_in(one.inputs)]

    assert not [text for text in texts if str(ROOT) in text]


def test_a_builder_and_a_login_are_handed_on_and_the_password_is_a_secret() -> None:
    monitor = made(
        builder="remote-1",
        login=RegistryLogin(address="contoso.azurecr.io", username="bot", password=pulumi.Output.secret(PASSWORD)),
    )

    image = monitor.only(IMAGE)
    assert image.inputs["builder"] == {"name": "remote-1"}
    (registry,) = image.inputs["registries"]
    assert (registry["address"], registry["username"]) == ("contoso.azurecr.io", "bot")
    assert SECRET in str(registry["password"])
    assert PASSWORD not in set(strings_in(monitor.named("engine").inputs))


def test_a_plain_password_becomes_a_secret() -> None:
    image = made(login=RegistryLogin(address="a", username="b", password=PASSWORD)).only(IMAGE)

    assert SECRET in str(image.inputs["registries"][0]["password"])


def test_a_repository_that_is_not_known_yet_can_be_built_for() -> None:
    image = made(repository=pulumi.Output.from_input("later.azurecr.io/x")).only(IMAGE)

    assert image.inputs["tags"] == ["later.azurecr.io/x:0.1.0-29.2.1"]


@pytest.mark.parametrize("tag", ["", "a b", "1@sha256:00", "1/2", "." * 3, "a" * 129])
def test_a_tag_that_is_none_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="image engine: the tag"):
        made(tag=tag)


def test_a_folder_without_a_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Dockerfile does not exist"):
        made(context=tmp_path)


def test_an_image_stays_in_the_registry_when_its_resource_goes() -> None:
    # The provider deletes by digest, which another stack may run.
    assert made().only(IMAGE).retain_on_delete
