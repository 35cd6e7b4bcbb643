"""A real Kubernetes control plane on loopback: started, inspected and stopped.

Owns the processes of one sandbox folder, their certificates, tokens, ports, logs and data, and the plain JSON client
that the rest of the sandbox uses to speak to it. Refuses everything about what is in the cluster: nodes are made by
`sandbox.nodes`, resource definitions by `sandbox.crds`.
"""

from sandbox.control_plane.api import Api, ApiError
from sandbox.control_plane.binaries import Binaries
from sandbox.control_plane.control_plane import ControlPlane, stop
from sandbox.control_plane.errors import ControlPlaneError
from sandbox.control_plane.status import ComponentStatus, Status

__all__ = ["Api", "ApiError", "Binaries", "ComponentStatus", "ControlPlane", "ControlPlaneError", "Status", "stop"]
