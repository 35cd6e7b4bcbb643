"""What Pod Security Admission would object to in a pod spec of ours, for the fields that our pods use.

Not a substitute for the API server, which has the last word in the engine rung; it makes the reason visible here.
Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/, 2026-11.
"""

from __future__ import annotations

from typing import Any


def _containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def baseline_problems(spec: dict[str, Any]) -> list[str]:
    """Empty if the level baseline admits the pod."""
    problems = [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    problems += [f"hostPath {volume['name']}" for volume in spec.get("volumes", []) if "hostPath" in volume]
    contexts = [("pod", spec.get("securityContext", {}))]
    contexts += [(container["name"], container.get("securityContext", {})) for container in _containers(spec)]
    for name, context in contexts:
        if context.get("privileged"):
            problems.append(f"{name}: privileged")
        if context.get("windowsOptions", {}).get("hostProcess"):
            problems.append(f"{name}: hostProcess")
        if context.get("capabilities", {}).get("add"):
            problems.append(f"{name}: capabilities.add")
        problems += [
            f"{name}: {profile} Unconfined"
            for profile in ("seccompProfile", "appArmorProfile")
            if context.get(profile, {}).get("type") == "Unconfined"
        ]
    return problems


def restricted_problems(spec: dict[str, Any]) -> list[str]:
    """Empty if the level restricted admits the pod."""
    problems = baseline_problems(spec)
    windows = spec.get("os", {}).get("name") == "windows"
    for container in _containers(spec):
        name, context = container["name"], container.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
            problems.append(f"{name}: may run as root")
        if windows:
            continue
        if context.get("allowPrivilegeEscalation") is not False:
            problems.append(f"{name}: allowPrivilegeEscalation")
        if context.get("capabilities", {}).get("drop") != ["ALL"]:
            problems.append(f"{name}: capabilities.drop")
        if context.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            problems.append(f"{name}: seccompProfile")
    return problems
