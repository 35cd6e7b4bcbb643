"""The published vocabulary: every name by which Buildfleet's objects and other people's find each other.

Owns label and taint keys, service accounts, annotations and paths; namespaces are named by each stack file. A value
here is an interface: dashboards, policies, node pools and users' own manifests refer to it, so changing one is a
breaking change and belongs in the CHANGELOG.

Refuses logic: nothing here computes, and nothing here imports Pulumi.
"""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "buildfleet.dev"

# Labels on nodes, pods and namespaces.
LABEL_STACK: Final = f"{DOMAIN}/stack"
LABEL_POOL: Final = f"{DOMAIN}/pool"
LABEL_PURPOSE: Final = f"{DOMAIN}/purpose"
LABEL_TRUST: Final = f"{DOMAIN}/trust"
LABEL_COMPONENT: Final = f"{DOMAIN}/component"
LABEL_AGENT_POOL: Final = f"{DOMAIN}/agent-pool"
LABEL_RUNNER_SET: Final = f"{DOMAIN}/runner-set"
LABEL_DOCKER: Final = f"{DOMAIN}/docker"
"""On pods that use the Docker Engine of their node: `host-engine`."""
LABEL_ENVIRONMENT: Final = f"{DOMAIN}/environment"
"""On a namespace: the environment that the stack is."""
LABEL_CONFINEMENT: Final = f"{DOMAIN}/confinement"
"""On a namespace: why it has the Pod Security level it has (`engine`, `agents`, `agents-docker`). Admission policies
allow by it, so only who may assign trust may set it."""
LABEL_POLICY_FAMILY: Final = f"{DOMAIN}/policy-family"
"""On an admission policy and its binding: which of the rules they hold: `confinement`, `workloads`, `trust`,
`namespaces`, `network`, `rbac`, and with `-advice` those that warn and do not refuse."""

# The labels recommended by Kubernetes, https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
LABEL_NAME: Final = "app.kubernetes.io/name"
LABEL_INSTANCE: Final = "app.kubernetes.io/instance"
LABEL_PART_OF: Final = "app.kubernetes.io/part-of"
LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
PART_OF: Final = "buildfleet"
MANAGED_BY: Final = "pulumi"

LABEL_OS: Final = "kubernetes.io/os"
LABEL_AGENTPOOL: Final = "agentpool"
"""Set by AKS and AKS on Azure Local on every node of a pool, with the pool's name."""

COMPONENT_HOOK_RUNNER: Final = "github-hook-runner"
"""Value of `LABEL_COMPONENT` on runners that make their jobs' pods: they alone need the API server."""

COMPONENT_IMAGE_BUILD: Final = "image-build"
"""The same on builds over the engine, which note the digest on their own Job."""

ANNOTATION_DIGEST: Final = f"{DOMAIN}/image-digest"
"""On the Job of a build: the digest that the registry gave to the image's first tag."""

PURPOSE_SYSTEM: Final = "system"
PURPOSE_BUILD: Final = "build"

# Taints. Windows: the one that the setups in use today carry, so that their pools need no change.
TAINT_WINDOWS_KEY: Final = "sku"
TAINT_WINDOWS_VALUE: Final = "Windows"
TAINT_LINUX_BUILD_KEY: Final = LABEL_PURPOSE
TAINT_LINUX_BUILD_VALUE: Final = PURPOSE_BUILD
TAINT_EFFECT: Final = "NoSchedule"

# What the engine supervisor puts on Windows build nodes and Leases.
NODE_ENGINE: Final = f"{DOMAIN}/docker-engine"
"""On a node: `ready` or `not-ready`."""
NODE_ENGINE_VERSION: Final = f"{DOMAIN}/docker-engine-version"
"""On a node: the version that answers on the pipe."""
NODE_ENGINE_CORDON: Final = f"{DOMAIN}/docker-engine-cordon"
"""Annotation on a node: the cordon is the supervisor's, and why. It lifts no other."""
LEASE_STOPPED: Final = f"{DOMAIN}/docker-engine-stopped"
"""Annotation on a Lease of the rollout: the target that failed on a node, so that no other goes to it. Remove it to let
them try again."""
RESOURCE_BUILD_SLOT: Final = f"{DOMAIN}/docker-build-slot"
"""Extended resource of a node: how many agents with the host's engine it has room for."""

SERVICE_ACCOUNT_ENGINE: Final = "docker-engine"
SERVICE_ACCOUNT_AZDO: Final = "azdo-agent"

ANNOTATION_SAFE_TO_EVICT: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict"
ANNOTATION_OWNER: Final = f"{DOMAIN}/owner"
"""On a namespace: whom to ask."""
ANNOTATION_CONFIG_HASH: Final = f"{DOMAIN}/config-hash"
"""On a pod template: a hash of the configuration it reads, so that a change of it makes new pods."""

PSA_PREFIX: Final = "pod-security.kubernetes.io"

DOCKER_PIPE: Final = r"\\.\pipe\docker_engine"
DOCKER_PIPE_URL: Final = "npipe:////./pipe/docker_engine"
DOCKER_SOCKET_DIRECTORY: Final = "/var/run/docker-engine"
DOCKER_SOCKET_URL: Final = "unix:///var/run/docker-engine/docker.sock"

CACHE_ROOT: Final = "/var/lib/buildfleet/caches"
"""Folder on Linux nodes with the caches of runner sets, by stack and scale set."""

# Addresses that no pod of ours may reach: the instance metadata service and Azure's wire server.
METADATA_CIDR: Final = "169.254.169.254/32"
WIRESERVER_CIDR: Final = "168.63.129.16/32"
