"""`image-registry-allowlist`: images come from registries that the fleet's owners name.

Where they name none it has nothing to compare with, which `image-sources-named` tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.images.reference import CEL_IMAGES, cel_within, images, parse
from rules.policies.node import Node, Verdict, each_known
from rules.policies.pods import Pod, pods
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.problem import Problem
from rules.words import given, listed

ID: Final = "image-registry-allowlist"


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    fleet = context.fleet

    def known(image: Node) -> Iterator[Verdict]:
        text = image.text()
        if not text:
            return
        reference = parse(text)
        if not reference.within(fleet.registries):
            yield Problem(
                rule=ID,
                path=image.path,
                given=f"{given(text)}, which is from {reference.repository}",
                allowed=f"images from {listed(fleet.registries)}",
                fix="mirror the image to one of these, or add its repository to the fleet's registries",
            )

    if fleet.registries and fleet.confinement(pod.namespace()) is not None:
        yield from each_known(images(pod), known)


RULE: Final = Rule[Pod](
    id=ID,
    group="images",
    title="images in the fleet's namespaces come from registries that its owners name",
    why="An agent's image sees every secret that its jobs see. A misspelt name, or one that somebody else may push to, "
    "runs their program there.",
    fix="Mirror the image to one of the fleet's registries, or add its repository to them.",
    severity="high",
    levels=MANDATORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="febd0533-8e55-448f-b837-bd0e06f16469"),
        Reference(framework="CIS AKS 1.8", id="5.1.4"),
        Reference(framework="Trivy", id="KSV-0125"),
    ),
    twins=(
        Twin(
            family="workloads",
            # Which images a workflow's jobs run in is for its author: admission sees no more than the runner's account.
            expression="variables.jobPod || variables.registries.size() == 0 || "
            f"{CEL_IMAGES}.all(i, {cel_within('i', 'variables.registries')})",
            message="an image is from a registry that is none of the fleet's",
        ),
    ),
)
