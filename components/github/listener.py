"""The pod that listens to GitHub for a scale set. The controller makes it, in its own namespace.

Owns where it may run and what it may do: the controller would give it no toleration, so where all pools are tainted, as
on AKS, no runner would ever start, and no security context.

The controller takes more from this template than it says: some fields it overwrites with the template's value even if
that is missing. So the grace period stands here in its own default. Image, command and mounts stay the controller's.
Source: mergeListenerPodWithTemplate in controllers/actions.github.com/resourcebuilder.go 0.14.2, read 2026-06-30.
"""

from __future__ import annotations

from typing import Any

from components import contract

_GRACE_SECONDS = 60
_NONROOT = 65532
"""User of the controller's image, which is the listener's too."""


def listener_template() -> dict[str, Any]:
    """`spec.listenerTemplate` of every scale set."""
    return {
        "spec": {
            "containers": [
                {
                    "name": "listener",
                    "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "runAsNonRoot": True,
                        "runAsUser": _NONROOT,
                        "runAsGroup": _NONROOT,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                }
            ],
            "nodeSelector": {contract.LABEL_OS: "linux"},
            "terminationGracePeriodSeconds": _GRACE_SECONDS,
            # System pools on AKS; build pools keep it off by taints of their own.
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        }
    }
