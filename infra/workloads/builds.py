"""Image builds over the engine of Windows nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from components.docker_engine import build_request as parts
from components.docker_engine.image_build import ImageBuild, ImageBuildArgs
from components.kubernetes.resources import ContainerResources
from infra.settings import builds as settings
from infra.workloads import images
from infra.workloads.context import Context


def deploy(
    context: Context, builds: Sequence[settings.Build]
) -> Mapping[str, Mapping[str, pulumi.Output[str] | pulumi.Output[str | None]]]:
    """Register every build; returns the image of each, by the build's name: `image`, `digest` and `reference`."""
    made: dict[str, Mapping[str, pulumi.Output[str] | pulumi.Output[str | None]]] = {}
    for build in sorted(builds, key=lambda one: one.name):
        pool = context.pool(build.node_pool)
        namespace = context.namespaces.get("builds")
        one = ImageBuild(
            build.name,
            ImageBuildArgs(
                stack=context.stack,
                name=build.name,
                namespace=images.once_docker_cli_is_there(
                    context, pool, context.once_the_engine_is_ready(pool, namespace.namespace)
                ),
                pool=pool,
                image=images.docker_cli(context, pool),
                build=parts.Build(
                    context=_context(context, build.context),
                    tags=build.tags,
                    push=build.push,
                    dockerfile=build.dockerfile,
                    target=build.target,
                    args=build.args,
                    memory_gib=build.memory_gib,
                ),
                credentials=_credentials(context, build.credentials),
                resources=ContainerResources(cpu=build.cpu, memory=f"{build.memory_gib}Gi"),
                timeout_minutes=build.timeout_minutes,
                rerun=build.rerun,
                most_per_node=context.agents_per_node,
                pull_secret_names=namespace.pull_secret_names,
            ),
            opts=context.opts,
        )
        made[build.name] = {"image": one.image, "digest": one.digest, "reference": one.reference}
    return made


def _context(context: Context, source: settings.Context) -> parts.Context:
    match source:
        case settings.GitContext():
            token = None if source.token_secret is None else context.secret(source.token_secret)
            return parts.GitContext(url=source.url, ref=source.ref, subfolder=source.subfolder or "", token=token)
        case settings.ConfigMapContext():
            return parts.ConfigMapContext(name=source.name)
        case settings.InlineContext():
            return parts.InlineContext(files=source.files)


def _credentials(context: Context, given: settings.Credentials | None) -> parts.Credentials | None:
    match given:
        case settings.ExistingSecretCredentials():
            return parts.ExistingRegistrySecret(name=given.name)
        case settings.PasswordCredentials():
            password = context.secret(given.password_secret)
            return parts.RegistryPassword(server=given.server, username=given.username, password=password)
        case settings.WorkloadIdentityCredentials():
            return parts.RegistryIdentity(client_id=given.client_id, tenant_id=given.tenant_id)
        case _:
            return None
