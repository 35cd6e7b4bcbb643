"""How an agent gets containers: which ways there are on which system, and how much confinement each leaves.

| mode | system | how | namespace |
| --- | --- | --- | --- |
| none | both | no containers | agents |
| sidecar | Linux | a privileged daemon beside the agent; the agent itself has no privilege | agents-docker |
| in-agent | Linux | a privileged agent that runs its own daemon, for scripts that expect that | agents-docker |
| buildkit | Linux | rootless BuildKit beside the agent: builds images, runs no containers | agents-docker |
| host-engine | Windows | the node's Docker Engine through its pipe | agents-docker |

Rootless BuildKit is not privileged either, but makes user namespaces, which the baseline level's seccomp and AppArmor
profiles forbid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, cast

from components.kubernetes.confined_namespace import Confinement
from components.platform import OperatingSystem
from rules.agents import DOCKER_BY_OS, unprivileged

Docker = Literal["none", "sidecar", "in-agent", "host-engine", "buildkit"]

MODES: Final = cast(Mapping[OperatingSystem, tuple[Docker, ...]], DOCKER_BY_OS)
"""Those that exist on an operating system."""


def confinement_of(docker: Docker) -> Confinement:
    """The kind of namespace that agents with this mode belong in."""
    return "agents" if unprivileged(docker) else "agents-docker"
