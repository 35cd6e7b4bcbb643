"""An image build over the pipe of a Windows node's engine.

Owns a Job, the ConfigMap with its request and inline context, a service account that may annotate that one Job, and
Secrets where there are any to make. The Job's name carries a hash of everything that decides the image, so it runs anew
when something of that changes and is left alone otherwise; a branch that moved and a ConfigMap of somebody else's that
changed are not seen, and `rerun` is there for them. A Job cannot be changed; the next one is made beside it, and the
former one goes when that has succeeded.

The engine builds, not the pod: the pod's memory and CPU are what it reserves on the node for the engine's containers.
Builds of one node share the engine, its cache and its images; nothing isolates one from another.

Refuses a build or an image without a name, a push of an image without a registry, and pools that have no engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.batch.v1 import Job
from pulumi_kubernetes.core.v1 import ConfigMap

from components import contract
from components.docker_engine import clients
from components.docker_engine.build_access import DOCKER_CONFIG_KEY, Access, pod_labels, secret_kinds
from components.docker_engine.build_job import REPLACE_UNREADY, engine_pod, job_spec
from components.docker_engine.build_request import (
    CONTEXT_FOLDER,
    GIT_FOLDER,
    REGISTRY_CONFIG,
    REGISTRY_FOLDER,
    REQUEST_FILE,
    Build,
    ConfigMapContext,
    Credentials,
    InlineContext,
    build_request,
    document,
)
from components.kubernetes.labels import object_labels, workload_labels
from components.kubernetes.manifest import content_hash, metadata, plain
from components.kubernetes.resources import ContainerResources
from components.platform import NodePool

MARGIN_MINUTES: Final = 5
"""Beside the build's own time: what the API server and Pulumi take to see its end."""
_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class ImageBuildArgs:
    """What `ImageBuild` needs."""

    stack: str
    name: str
    """Of the build; its Kubernetes objects begin with it. 1 to 40 lower-case letters, digits and hyphens."""
    namespace: pulumi.Input[str]
    """One that allows hostPath volumes."""
    pool: NodePool
    """A Windows build pool with an engine."""
    image: str
    """docker-cli, made on a Windows that the pool's nodes run."""
    build: Build
    credentials: Credentials | None = None
    resources: ContainerResources
    """What the pod reserves on its node for the engine's work."""
    timeout_minutes: int = 60
    """For all tries together."""
    rerun: str = ""
    """Another text builds anew."""
    most_per_node: int | None = None
    """Most pods that use the engine of one node; `None` leaves it to CPU and memory."""
    pull_secret_names: Sequence[str] = ()


class ImageBuild(pulumi.ComponentResource):
    """One image, built and pushed by a Job that the update waits for."""

    image: pulumi.Output[str]
    """The first tag, once it is built."""
    digest: pulumi.Output[str | None]
    """`sha256:...` of the first tag; `None` for what is not pushed, and where the pod could not tell it to its Job."""
    reference: pulumi.Output[str]
    """By digest where there is one, else the first tag."""

    def __init__(self, name: str, args: ImageBuildArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(args)
        build = args.build
        super().__init__(
            "buildfleet:index:ImageBuild",
            name,
            {
                "stack": args.stack,
                "name": args.name,
                "namespace": args.namespace,
                "pool": args.pool.name,
                "image": args.image,
                "request": build_request(build, credentials=args.credentials, job=None),
                "credentials": type(args.credentials).__name__ if args.credentials else "none",
                "timeoutMinutes": args.timeout_minutes,
                "rerun": args.rerun,
            },
            opts,
        )
        labels = workload_labels(
            stack=args.stack,
            component=contract.COMPONENT_IMAGE_BUILD,
            instance=args.name,
            extra={contract.LABEL_POOL: args.pool.name, **clients.LABELS, **pod_labels(args.credentials)},
        )
        job_name = f"{args.name}-{_inputs_hash(args, labels)}"
        access = Access(
            self,
            name,
            build=args.name,
            namespace=args.namespace,
            labels=object_labels(stack=args.stack),
            credentials=args.credentials,
        )
        config = ConfigMap(
            f"{name}-request",
            metadata=metadata(job_name, namespace=args.namespace, labels=object_labels(stack=args.stack)),
            immutable=True,
            data=_files(args, job_name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        pod = _pod(args, access.secrets(build), config_map=config.metadata.name, service_account=access.service_account)
        job = Job(
            f"{name}-job",
            metadata=metadata(job_name, namespace=args.namespace, labels=labels, annotations=REPLACE_UNREADY),
            spec=plain(job_spec(pod=pod, labels=labels, deadline_minutes=args.timeout_minutes)),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=access.to_patch(job_name) if build.push else None,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{args.timeout_minutes + MARGIN_MINUTES}m"),
            ),
        )
        first = build.tags[0]
        self.digest = job.metadata.annotations.apply(lambda found: (found or {}).get(contract.ANNOTATION_DIGEST))
        self.image = job.metadata.name.apply(lambda _: first)
        self.reference = self.digest.apply(lambda digest: f"{_repository(first)}@{digest}" if digest else first)
        self.register_outputs({"image": self.image, "digest": self.digest, "reference": self.reference})


def _check(args: ImageBuildArgs) -> None:
    where = f"image build {args.name}"
    if not _NAME.fullmatch(args.name):
        raise ValueError(
            f"image build {args.name!r}: its Kubernetes objects begin with its name and go on after it; write 1 to 40 "
            "lower-case letters, digits and hyphens, from a letter to a letter or digit"
        )
    if args.pool.os != "windows" or args.pool.purpose != "build":
        raise ValueError(
            f"{where}: node pool {args.pool.name} is a {args.pool.os} {args.pool.purpose} pool; "
            "only Windows build pools have the engine"
        )
    if not args.build.tags:
        raise ValueError(
            f"{where}: tags is empty; give the image at least one name, such as example.azurecr.io/app:1.0"
        )
    if args.build.push:
        for tag in args.build.tags:
            server, slash, _ = tag.partition("/")
            if not slash or not ("." in server or ":" in server or server == "localhost"):
                raise ValueError(
                    f"{where}: tag {tag!r} names no registry, so it would be pushed to Docker Hub; write it as "
                    "REGISTRY/PATH:TAG, docker.io/... among them, or set push to False"
                )
    context = args.build.context
    if isinstance(context, InlineContext) and args.build.dockerfile not in context.files:
        raise ValueError(
            f"{where}: the inline context has no {args.build.dockerfile!r}, which is the Dockerfile; it has "
            f"{', '.join(sorted(context.files)) or 'no files'}"
        )


def _inputs_hash(args: ImageBuildArgs, labels: Mapping[str, str]) -> str:
    """Of all that decides the image, and of the pod, which cannot be changed in a Job that is there.

    Secrets are not in it: another password makes no other image. Neither is the deadline, which a Job can change.
    """
    secrets = dict.fromkeys(secret_kinds(args.build, args.credentials), "")
    pod = _pod(args, secrets, config_map="", service_account="")
    return content_hash({"files": _files(args, ""), "pod": pod, "labels": labels, "rerun": args.rerun})[:10]


def _files(args: ImageBuildArgs, job_name: str) -> dict[str, str]:
    """The ConfigMap: the request, and inline files under keys that any path has."""
    job = {"name": job_name, "annotation": contract.ANNOTATION_DIGEST} if args.build.push else None
    files = {REQUEST_FILE: document(build_request(args.build, credentials=args.credentials, job=job))}
    return files | {key: text for key, _, text in _inline(args.build.context)}


def _inline(context: object) -> list[tuple[str, str, str]]:
    """Key, path and content of each inline file."""
    if not isinstance(context, InlineContext):
        return []
    return [(f"context-{index}", path, text) for index, (path, text) in enumerate(sorted(context.files.items()))]


def _pod(
    args: ImageBuildArgs,
    secrets: Mapping[str, pulumi.Input[str]],
    *,
    config_map: pulumi.Input[str],
    service_account: pulumi.Input[str],
) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []

    def mount(volume: str, path: str, source: dict[str, Any]) -> None:
        mounts.append({"name": volume, "mountPath": path, "readOnly": True})
        volumes.append({"name": volume, **source})

    match args.build.context:
        case ConfigMapContext(name=name):
            mount("context", CONTEXT_FOLDER, {"configMap": {"name": name}})
        case InlineContext():
            items = [{"key": key, "path": path} for key, path, _ in _inline(args.build.context)]
            mount("context", CONTEXT_FOLDER, {"configMap": {"name": config_map, "items": items}})
    if "registry" in secrets:
        items = [{"key": DOCKER_CONFIG_KEY, "path": REGISTRY_CONFIG}]
        mount("registry", REGISTRY_FOLDER, {"secret": {"secretName": secrets["registry"], "items": items}})
    if "git" in secrets:
        mount("git", GIT_FOLDER, {"secret": {"secretName": secrets["git"]}})
    return engine_pod(
        pool=args.pool,
        command="build",
        image=args.image,
        config_map=config_map,
        service_account=service_account,
        resources=args.resources,
        token=args.build.push,
        most_per_node=args.most_per_node,
        mounts=mounts,
        volumes=volumes,
        pull_secret_names=args.pull_secret_names,
    )


def _repository(tag: str) -> str:
    """An image's name without its tag."""
    name, _, last = tag.rpartition(":")
    return tag if not name or "/" in last else name
