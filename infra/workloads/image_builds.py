"""This project's images for Windows nodes, built by the stack that runs them.

Owns which images a stack builds: those that its pools need and that it does not name itself, each once. Pods name them
by digest, so that what was built is what runs. Not where Azure's policies look at images: these compare whole
references, which have to be known beforehand, so pods name the tag there and only wait for the push.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from components.images import build_arguments
from components.images.built_image import BuiltImage, BuiltImageArgs, RegistryLogin
from infra.settings.aks import AksPlatform
from infra.settings.docker_engine import DockerEngine
from infra.settings.image_builds import ImageBuilds
from infra.settings.stack import StackSettings
from rules.tables.docker_engine import ENGINE_RELEASES

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class BuiltImages:
    """The images that the stack builds, registered when they are first asked for."""

    settings: StackSettings
    secret: Callable[[str], pulumi.Output[str]]
    _made: dict[str, pulumi.Output[str]] = field(default_factory=dict)

    def engine(self, reference: str, version: str) -> pulumi.Input[str]:
        """The reference by which pods name the engine of a version, once it is pushed."""
        if self.settings.images.docker_engine is not None:
            return reference
        return self._built("docker-engine", reference, build_arguments.docker_engine(**self._release(version)))

    def once_the_client_is_pushed(self, reference: str, windows: str, value: pulumi.Input[str]) -> pulumi.Input[str]:
        """`value`, when the client for a release of Windows Server is pushed. Its Jobs name the tag, as their own names
        are a hash of what they run."""
        engine = self.settings.docker_engine
        if self.settings.images.docker_cli is not None or engine is None:
            return value
        arguments = build_arguments.docker_cli(**self._release(engine.version), windows=windows)
        built = self._built("docker-cli", reference, arguments)
        return pulumi.Output.all(value, built).apply(lambda both: str(both[0]))

    def _built(self, name: str, reference: str, arguments: Mapping[str, str]) -> pulumi.Output[str]:
        repository, _, tag = reference.rpartition(":")
        if reference not in self._made:
            build = self._build
            made = BuiltImage(
                f"{name}-{tag}",
                BuiltImageArgs(
                    context=CHECKOUT / "images" / name,
                    repository=repository,
                    tag=tag,
                    build_args=arguments,
                    builder=build.builder,
                    login=self._login(build, repository),
                ),
            )
            by_tag = made.reference.apply(lambda _: reference)
            self._made[reference] = by_tag if self._policed else made.reference
        return self._made[reference]

    @property
    def _build(self) -> ImageBuilds:
        assert self.settings.images.build is not None
        return self.settings.images.build

    def _login(self, build: ImageBuilds, repository: str) -> RegistryLogin | None:
        if build.login is None:
            return None
        return RegistryLogin(
            address=repository.partition("/")[0],
            username=build.login.username,
            password=self.secret(build.login.password_secret),
        )

    def _release(self, version: str) -> dict[str, str]:
        engine = self.settings.docker_engine
        assert isinstance(engine, DockerEngine)
        own = {release.version: release for release in engine.releases}
        found = own.get(version) or ENGINE_RELEASES[version]
        return {"version": found.version, "url": found.url, "sha256": found.sha256}

    @property
    def _policed(self) -> bool:
        platform = self.settings.platform
        return isinstance(platform, AksPlatform) and platform.add_ons.azure_policy != "off"
