"""What an agent's pod and the agent's image promise each other.

Owns the environment variables, folders and the user that the pods set and the images in `images/azure-devops-agent`
follow; an image of one's own has to follow them too. The `AZP_` variables are those of Microsoft's own container
sample (https://learn.microsoft.com/azure/devops/pipelines/agents/docker, 2026-09), the `BUILDFLEET_` ones are ours.

The token is a file and never a variable: every step of a job inherits the agent's environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.platform import OperatingSystem

VARIABLES: Final[Mapping[str, str]] = {
    "AZP_URL": "URL of the organization, for example https://dev.azure.com/contoso.",
    "AZP_POOL": "Agent pool in Azure DevOps.",
    "AZP_AGENT_NAME": "Name to register under, replacing an agent of that name: the pod's.",
    "AZP_WORK": "Work folder: a volume, shared with the Docker daemon where there is a sidecar.",
    "AZP_TOKEN_FILE": "File with the personal access token. Absent with workload identity.",
    "VSO_AGENT_IGNORE": "Variables that the agent does not report as capabilities: those of this table.",
    "BUILDFLEET_AUTH": (
        "`pat`, or `workload-identity`: exchange the token in AZURE_FEDERATED_TOKEN_FILE for one of Azure DevOps, "
        "again for deregistration, because it lives for an hour."
    ),
    "BUILDFLEET_DOCKER": (
        "`none`, `sidecar`, `in-agent`, `host-engine` or `buildkit`. `in-agent`: start dockerd first. Register only "
        "after the daemon answers, except with `none`."
    ),
    "BUILDFLEET_DOCKER_WAIT_SECONDS": "How long to wait for the daemon before the container fails.",
    "BUILDFLEET_RUN_ONCE": "`1`: take one job, deregister, exit with 0. `0`: take one job after another.",
    "BUILDFLEET_IDLE_MINUTES": "With run-once: deregister and exit with 0 when no job came for this long.",
    "BUILDFLEET_JOB_MINUTES": "On termination, let the running job finish for this long, then deregister.",
    "DOCKER_HOST": "Where the Docker daemon listens, if there is one.",
    "BUILDKIT_HOST": "Where BuildKit listens, with `buildkit`.",
    "AZP_AGENT_DEFAULT_MAP_DOCKER_SOCKET_TO_FALSE": (
        "With `sidecar`: container jobs do not mount /var/run/docker.sock, which the daemon's filesystem does not have."
    ),
    "POD_NAME": "Name of the pod, where its storage is divided by it.",
    "POD_NAMESPACE": "Namespace of the pod, likewise.",
}
"""Every variable the pods set, and what the image does with it. Capabilities of the user's come on top."""

LINUX_UID: Final = 1000
"""User and group of Linux agents. The group may use the Docker socket of a sidecar."""

AGENT_ROOT: Final[Mapping[OperatingSystem, str]] = {"linux": "/azp", "windows": r"C:\azp"}
"""Where the image has the agent."""
WORK_FOLDER: Final[Mapping[OperatingSystem, str]] = {"linux": "/azp/_work", "windows": r"C:\azp\_work"}
EXTERNALS_FOLDER: Final = "/azp/externals"
"""The agent's own tools, which it mounts into the containers of container jobs (Linux)."""
TOKEN_FOLDER: Final[Mapping[OperatingSystem, str]] = {
    "linux": "/var/run/secrets/buildfleet",
    "windows": r"C:\var\run\secrets\buildfleet",
}
TOKEN_FILE: Final = "token"

DOCKER_WAIT_SECONDS: Final[Mapping[OperatingSystem, int]] = {"linux": 120, "windows": 900}
"""Windows: a fresh node downloads the engine while its first agents already wait for it."""
IDLE_MINUTES: Final = 30
STARTUP_MINUTES: Final = 45
"""From the creation of a pod to its registration: a new Windows node, its image of many gigabytes, the engine."""
