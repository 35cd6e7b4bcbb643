"""`host-path-allowlist`: of a node's folders pods mount those that are set aside for it, and no others.

Pipes are for `docker-pipe-confined`, what leads to a container runtime for `cri-socket-forbidden`. Folders of caches
and data roots are for namespaces for Docker on trusted pools: what one job leaves there, the next one runs. A
privileged container may have `/dev` and the control groups as well, which it could mount by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Node, Verdict, any_true, each_known
from rules.policies.node_access import MAY_TAKE_NODE, allowed_places, hindrance, node_paths
from rules.policies.node_paths import (
    goes_up,
    goes_up_cel,
    is_below,
    is_below_cel,
    is_pipe,
    is_pipe_cel,
    is_runtime,
    is_runtime_cel,
    normal,
)
from rules.policies.pods import Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.node_doors import DEVICE_FOLDERS
from rules.words import given, listed

ID: Final = "host-path-allowlist"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    yield from each_known(node_paths(pod), lambda node: _folder(pod, node, context.fleet))


def _folder(pod: Pod, node: Node, fleet: Fleet) -> Iterator[Verdict]:
    text = node.text()
    path = normal(text or "")
    if text is None or is_pipe(path) or is_runtime(path):
        return
    folders = f"a folder below {listed(sorted(fleet.host_paths))}" if fleet.host_paths else "no folder of the node"
    if goes_up(path):
        allowed, fix = "a path without ..", "write the path that is meant"
    elif not is_below(path, fleet.host_paths) and not _device(pod, path):
        allowed = folders
        fix = "use an emptyDir or a claim, or add the folder to host_paths if nothing else of the node is there"
    elif why := hindrance(pod, fleet):
        yield _problem(node.path, f"{given(text)} {why}", f"{folders} in {allowed_places(fleet)}", "use an emptyDir")
        return
    else:
        return
    yield _problem(node.path, given(text), allowed, fix)


def _device(pod: Pod, path: str) -> bool:
    if path not in DEVICE_FOLDERS:
        return False
    # A patch may leave out what the pod has, and so may a piece.
    if pod.object.partial or pod.piece:
        return True
    return any_true(container.node.get("securityContext", "privileged") for container in pod.containers)


def _problem(path: str, what: str, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=path, given=what, allowed=allowed, fix=fix)


_DEVICE: Final = (
    f"(p in {literal(DEVICE_FOLDERS)} && variables.containers.exists(c, c.?securityContext.?privileged.orValue(false)))"
)
_LOWER: Final = "p.lowerAscii()"

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="hostPath volumes are folders that are set aside for it, in namespaces for Docker",
    why="A folder of the node holds other pods' secrets, the kubelet's credentials, or programs that the node runs.",
    fix="Use an emptyDir or a claim; caches go below the folders that the fleet sets aside.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Pod Security Standards", id="Baseline: HostPath Volumes"),
        Reference(framework="CIS Kubernetes 1.12", id="5.2.12"),
        Reference(framework="Azure Policy", id="098fc59e-46c7-4d99-9b16-64990e543d75"),
        Reference(framework="Trivy", id="KSV-0023"),
    ),
    twins=(
        Twin(
            family="confinement",
            expression=f"variables.nodePaths.all(p, {is_pipe_cel(_LOWER)} || {is_runtime_cel(_LOWER)} || "
            f"({MAY_TAKE_NODE} && !{goes_up_cel('p')} && "
            f"({is_below_cel('p', 'variables.hostRoots')} || {_DEVICE})))",
            message="hostPath volumes are for folders that the fleet sets aside, in namespaces for Docker on trusted "
            "pools",
        ),
    ),
)
