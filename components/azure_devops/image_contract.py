"""What an agent's pod and the agent's image promise each other.

Owns the environment variables, folders and the user that the pods set and an agent's image follows. The `AZP_`
variables are those of Microsoft's own container sample (https://learn.microsoft.com/azure/devops/pipelines/agents/docker,
2026-09), the `BUILDFLEET_` ones are ours.

An image built from that sample alone does not fit, since it downloads the agent when it starts and knows only the
`AZP_` variables. An image for these pods

- has the agent in it, at `AGENT_ROOT`; on Linux with `EXTERNALS_FOLDER`, which is copied before the agent starts;
- runs on Linux as user and group `LINUX_UID`, who may write to `AGENT_ROOT`; with `in-agent` as root;
- reads the token from `AZP_TOKEN_FILE`, or exchanges that of the workload identity;
- waits for Docker before it registers, takes one job where `BUILDFLEET_RUN_ONCE` says so, and ends when idle;
- on SIGTERM takes no further job, lets the running one finish, then deregisters. On Windows SIGTERM is CTRL_SHUTDOWN.

The token is a file and never a variable: every step of a job inherits the agent's environment. That keeps it out of
logs and of the processes that a job starts elsewhere, and no more: the file is mounted for the whole life of the pod,
since the agent deregisters with it, and every step of every job on that agent can read it. The same holds for the
token of a workload identity. Whoever may run a job on an agent can act as that token may, hence its narrow scope and a
pool for each level of trust.
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
    "AGENT_ALLOW_RUNASROOT": "With `in-agent`: the agent's scripts refuse to run as root without it.",
    "POD_NAME": "Name of the pod, where its storage is divided by it.",
    "POD_NAMESPACE": "Namespace of the pod, likewise.",
}
"""Every variable the pods set, and what the image does with it. Capabilities of the user's come on top."""

IDENTITY_VARIABLES: Final = (
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
)
"""Set by the workload identity webhook, not by us; no capabilities either.
Source: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html"""

WORKER_PROCESS: Final = "Agent.Worker"
"""The agent's process that exists for the time of a job, on both systems."""

LINUX_UID: Final = 1000
"""User and group of Linux agents. The group may use the Docker socket of a sidecar."""

AGENT_ROOT: Final[Mapping[OperatingSystem, str]] = {"linux": "/azp", "windows": r"C:\azp"}
"""Where the image has the agent."""
WORK_FOLDER: Final[Mapping[OperatingSystem, str]] = {
    "linux": f"{AGENT_ROOT['linux']}/_work",
    "windows": rf"{AGENT_ROOT['windows']}\_work",
}
EXTERNALS_FOLDER: Final = f"{AGENT_ROOT['linux']}/externals"
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
