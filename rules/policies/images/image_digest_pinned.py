"""`image-digest-pinned`: no image is another one tomorrow, and what may take a node is named by its content.

A tag may be moved by whoever pushes to the repository. In the fleet's own repositories that is the fleet's owners, so
a tag is enough there; elsewhere a program that runs privileged, or as a process of a Windows node, is named by its
digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.images.reference import (
    CEL_IMAGES,
    cel_floats,
    cel_pinned,
    cel_within,
    images,
    parse,
)
from rules.policies.node import Node, Verdict, each_known
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given

ID: Final = "image-digest-pinned"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet
    if fleet.confinement(pod.namespace()) is None:
        return

    def stays(image: Node) -> Iterator[Verdict]:
        text = image.text()
        if text and parse(text).floats:
            yield Problem(
                rule=ID,
                path=image.path,
                given=given(text),
                allowed="a tag other than latest, or a digest: a node keeps what it once pulled as latest, so nodes "
                "differ",
                fix="write the tag or the digest that you tested",
            )

    def pinned(container: Container) -> Iterator[Verdict]:
        image = container.node.get("image")
        text = image.text()
        if not text:
            return
        reference = parse(text)
        if reference.pinned or reference.floats or reference.within(fleet.own_repositories):
            return
        privileged = container.node.get("securityContext", "privileged").flag(False)
        if privileged or pod.host_process():
            yield Problem(
                rule=ID,
                path=image.path,
                given=f"{given(text)}, which runs {'privileged' if privileged else 'as a process of the node'}",
                allowed="an image by digest, or by tag from a repository that the fleet's owners alone push to",
                fix="add the digest that you tested, as in NAME:TAG@sha256:DIGEST, or mirror the image to a repository "
                "of your own",
            )

    yield from each_known(images(pod), stays)
    yield from each_known(pod.containers, pinned)


_POWERFUL: Final = "(variables.hostProcess || c.?securityContext.?privileged.orValue(false))"

RULE: Final = Rule[Pod](
    id=ID,
    group="images",
    title="images have a tag that stays, and those that run privileged or as a process of the node a digest",
    why="Whoever moves the tag of a privileged image takes every node that pulls it, with all secrets of its jobs; "
    "and latest is another image on every node.",
    fix="Write NAME:TAG@sha256:DIGEST, or use a repository that the fleet's owners alone push to and a tag.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Checkov", id="CKV_K8S_14"),
        Reference(framework="Checkov", id="CKV_K8S_43"),
        Reference(framework="Azure Policy", id="021f8078-41a0-40e6-81b6-c6597da9f3ee"),
        Reference(framework="Gatekeeper library", id="imagedigests"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression=f"variables.jobPod || {CEL_IMAGES}.all(i, !{cel_floats('i')})",
            message="an image has no tag, or the tag latest, and no digest",
        ),
        Twin(
            family="workloads",
            expression="variables.jobPod || variables.containers.all(c, c.?image.orValue('') == '' || "
            f"!{_POWERFUL} || {cel_pinned('c.image')} || {cel_within('c.image', 'variables.ownRepositories')})",
            message="an image that runs privileged or as a process of the node has no digest, and is from no "
            "repository that the fleet's owners alone push to",
        ),
    ),
)
