"""One image of this project, built on Linux for Windows nodes and pushed, as part of `up`.

Owns one resource of the docker-build provider. What comes out is the reference with the digest, so that what runs is
what was built, and a build that makes the same image changes nothing.

The image is one manifest, never a list: containerd on a Windows node takes from a list only what names the node's own
build, which the HostProcess base image does not (containerd/containerd#7431). The provider adds no provenance, which
would make it a list (pulumi/pulumi-docker-build provider/internal/client.go, read 2026-11).

The image stays in the registry when the resource goes: the provider would delete it by its digest, which another stack
with the same image may run.

Needs a BuildKit builder that reaches the registries of the base images, and credentials for the target: `login`, or
what Docker's configuration on the machine has. Nothing is built in a preview.

Refuses a tag that is a digest, since it is made here, and a folder without a Dockerfile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi


@dataclass(frozen=True, kw_only=True)
class RegistryLogin:
    """Credentials of the registry that is pushed to."""

    address: pulumi.Input[str]
    """For example `contoso.azurecr.io`."""
    username: pulumi.Input[str]
    password: pulumi.Input[str]
    """A secret."""


@dataclass(frozen=True, kw_only=True)
class BuiltImageArgs:
    """What `BuiltImage` needs."""

    context: Path
    """Folder with the Dockerfile, for example `images/docker-engine` of the checkout."""
    repository: pulumi.Input[str]
    """Registry, path and name: `contoso.azurecr.io/buildfleet/docker-engine`."""
    tag: str
    """For example `0.1.0-29.2.1`."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    """Values for `ARG`. They stay in the image's history, so none may be a secret."""
    builder: str | None = None
    """Name of a buildx builder; the driver `docker` cannot do this. `None`: the one that buildx has selected."""
    login: RegistryLogin | None = None
    platform: str = "windows/amd64"


class BuiltImage(pulumi.ComponentResource):
    """One image in a registry."""

    reference: pulumi.Output[str]
    """`REPOSITORY:TAG@sha256:...`; without the digest in the preview of a build, which does not know it yet."""

    def __init__(self, name: str, args: BuiltImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", args.tag):
            raise ValueError(
                f"image {name}: the tag {args.tag!r}: 1 to 128 letters, digits, underscores, dots and hyphens; the "
                "digest is an output"
            )
        dockerfile = args.context / "Dockerfile"
        if not dockerfile.is_file():
            raise ValueError(f"image {name}: {dockerfile} does not exist: give the folder of an image in this checkout")
        # Stacks that build nothing do not pay for it.
        import pulumi_docker_build as docker_build

        super().__init__(
            "buildfleet:index:BuiltImage",
            name,
            {
                "repository": args.repository,
                "tag": args.tag,
                "platform": args.platform,
                "buildArgs": dict(args.build_args),
                "builder": args.builder,
            },
            opts,
        )
        # Relative, so that a state made on one machine has no path of it for another to differ from. Program and
        # provider run in the same folder.
        context = os.path.relpath(args.context)
        image = docker_build.Image(
            f"{name}-image",
            push=True,
            context=docker_build.BuildContextArgs(location=context),
            dockerfile=docker_build.DockerfileArgs(location=os.path.join(context, "Dockerfile")),
            platforms=[docker_build.Platform(args.platform)],
            tags=[pulumi.Output.concat(args.repository, ":", args.tag)],
            build_args=dict(sorted(args.build_args.items())),
            build_on_preview=False,
            builder=docker_build.BuilderConfigArgs(name=args.builder) if args.builder is not None else None,
            registries=[
                docker_build.RegistryArgs(
                    address=args.login.address,
                    username=args.login.username,
                    password=pulumi.Output.secret(args.login.password),
                )
            ]
            if args.login is not None
            else None,
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                # The first build downloads some 150 MB and pushes them.
                custom_timeouts=pulumi.CustomTimeouts(create="30m", update="30m"),
            ),
        )
        self.reference = image.ref
        self.register_outputs({"reference": self.reference})
