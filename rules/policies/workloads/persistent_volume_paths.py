"""`persistent-volume-paths`: no volume of the cluster hides a door of a node.

A pod that mounts a claim names no path: whoever makes the PersistentVolume does, and Pod Security and the rules of
hostPath volumes see the claim alone. So a `hostPath` there is held to the folders that the fleet sets aside, and a
`local` volume, which provisioners of disks make, to any path that leads to no pipe and no container runtime.

A volume may be claimed from any namespace: unlike `host-path-allowlist` this rule cannot ask whose pod will mount it.
In the cluster it has no form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Node, Verdict, guarded
from rules.policies.node_paths import goes_up, is_below, is_pipe, is_runtime, normal
from rules.policies.objects import Object, of_kind
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "persistent-volume-paths"


def _check(volume: Object, context: Context) -> Iterator[Verdict]:
    spec = volume.body.get("spec")
    yield from guarded(_folder(spec.get("hostPath", "path"), context.fleet))
    yield from guarded(_door(spec.get("local", "path")))


def _folder(node: Node, fleet: Fleet) -> Iterator[Verdict]:
    found = list(_door(node))
    text = node.text()
    if not found and text is not None and not is_below(normal(text), fleet.host_paths):
        folders = f"a folder below {listed(sorted(fleet.host_paths))}" if fleet.host_paths else "no folder of the node"
        yield _problem(node, folders, "use a volume of a storage class, or add the folder to host_paths")
    yield from found


def _door(node: Node) -> Iterator[Verdict]:
    text = node.text()
    if text is None:
        return
    path = normal(text)
    if is_pipe(path) or is_runtime(path):
        allowed = "no pipe of the node, no socket of its container runtime, and no folder that holds one"
        yield _problem(node, allowed, "remove the volume; pods of the fleet name the engine's pipe themselves")
    elif goes_up(path):
        yield _problem(node, "a path without ..", "write the path that is meant")


def _problem(node: Node, allowed: str, fix: str) -> Problem:
    return Problem(rule=ID, path=node.path, given=given(node.value), allowed=allowed, fix=fix)


RULE: Final = Rule[Object](
    id=ID,
    group="workloads",
    title="persistent volumes lead to no pipe and no container runtime, and by hostPath to folders set aside alone",
    why="A pod that mounts a claim says no path, so the engine's pipe behind it passes by every rule of pods.",
    fix="Use a volume of a storage class; caches go below the folders that the fleet sets aside.",
    severity="critical",
    levels=MANDATORY,
    read=of_kind("PersistentVolume"),
    check=_check,
    references=(
        Reference(framework="Pod Security Standards", id="Baseline: HostPath Volumes"),
        Reference(framework="CIS Kubernetes 1.12", id="5.1.9"),
        Reference(framework="CIS Kubernetes 1.12", id="5.2.12"),
    ),
)
