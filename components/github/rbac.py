"""What the controller and the runners may do in a namespace of runners.

Owns the exact rules of both Roles. Refuses anything wider: the controller's cluster-wide rights stay as its chart
made them, and a runner without hooks gets no right at all.
"""

from __future__ import annotations

from typing import Any, Final

from components.github.modes import HookVersion

Rule = dict[str, Any]


def _rule(group: str, resources: list[str], verbs: list[str]) -> Rule:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


_RBAC_GROUP: Final = "rbac.authorization.k8s.io"


def manager_rules() -> list[Rule]:
    """The rights of the controller on a scale set's objects. Source: manager role of gha-runner-scale-set 0.14.2."""
    write = ["create", "delete", "get", "list", "patch", "update"]
    return [
        _rule("", ["pods"], ["create", "delete", "get"]),
        _rule("", ["pods/status"], ["get"]),
        _rule("", ["secrets"], write),
        _rule("", ["serviceaccounts"], write),
        _rule(_RBAC_GROUP, ["rolebindings"], ["create", "delete", "get", "patch", "update"]),
        _rule(_RBAC_GROUP, ["roles"], ["create", "delete", "get", "patch", "update"]),
    ]


def hook_rules(version: HookVersion) -> list[Rule]:
    """The rights of a runner whose jobs run in pods of their own: the list that the hooks check before each job.

    Whoever runs code in the runner container can therefore read every Secret of the namespace and make any pod that
    its admission lets pass. Jobs do not run there (`ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER`), and job pods get no token.
    Source: `requiredPermissions` of actions/runner-container-hooks v0.7.0 and v0.8.1; only 0.7.0 makes Jobs.
    """
    manage = ["create", "delete", "get", "list"]
    rules = [
        _rule("", ["pods"], manage),
        _rule("", ["pods/exec"], ["create", "get"]),
        _rule("", ["pods/log"], ["get", "list", "watch"]),
        _rule("", ["secrets"], manage),
    ]
    if version == "0.7.0":
        rules.append(_rule("batch", ["jobs"], manage))
    return rules
