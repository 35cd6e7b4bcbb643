"""What RBAC must grant to whoever assigns trust: a virtual resource, of which there is no object.

The verb is one of the ordinary ones as Azure RBAC for Kubernetes knows no others for custom resources: any other is an
error to it, also for whoever has the role of the cluster's administrator (kubeguard/guard authz/providers/azure/rbac,
`getActionName`, read 2026-11). Apart from the rule that asks for it, so that a preflight needs not load the rules.
"""

from __future__ import annotations

from typing import Final

GROUP: Final = "buildfleet.dev"
RESOURCE: Final = "confinements"
VERB: Final = "update"
