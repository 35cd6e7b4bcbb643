"""Resource definitions of the projects whose objects stacks make: KEDA and the Actions Runner Controller.

Owns which definitions the sandbox's API server knows. KEDA's are its own, from its Go module. ARC publishes no Go
module with its releases, so its kinds are described in `arc`, with the pod templates in them taken from the running
API server's own schema. A misspelt field is refused with its path, as by any other object.

Refuses the controllers: objects of these kinds are stored and checked, and nobody acts on them.
"""

from sandbox.crds.install import install

__all__ = ["install"]
