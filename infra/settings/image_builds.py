"""Building this project's images with `up`, in the place of referring to those that somebody has pushed."""

from __future__ import annotations

from typing import Annotated

from infra.settings.model import Example, SecretName, Settings, Text


class ImageLogin(Settings):
    """Credentials to push with. Default: those that Docker has on the machine, by `docker login` or `az acr login`."""

    username: Annotated[Text, Example("contoso-bot")]
    password_secret: Annotated[SecretName, Example("registryPassword")]
    """Key of the secret with the password or token."""


class ImageBuilds(Settings):
    """Build the images `docker-engine` and `docker-cli` on the machine that runs `up`, and push them to
    `images.repository` under `images.tag`. It needs BuildKit; no Windows machine takes part. Images that are named
    themselves, by `images.dockerEngine` or `images.dockerCli`, are not built."""

    builder: Annotated[Text, Example("buildfleet")] | None = None
    """Name of a buildx builder, of the driver `docker-container`, `kubernetes` or `remote`. Default: the one that is
    selected."""
    login: ImageLogin | None = None
