"""How a yes to what destroys is given, in each system: the words for a page and for the gate's log.

Owns those words alone. On GitHub a label is the yes, in Azure Pipelines the approval of an environment, in the stages
of `pipelines/azure-pipelines-pr-stages.yml` and `azure-pipelines-deploy.yml`.
"""

from __future__ import annotations

from typing import Final, Literal

from review.page import Given, Line
from review.words import line

System = Literal["github", "azure"]
SYSTEMS: Final[tuple[System, ...]] = ("github", "azure")
Origin = Literal["base", "branch", "fork"]
ORIGINS: Final[tuple[Origin, ...]] = ("base", "branch", "fork")
"""Whose code wrote a log: what was merged, a branch of this repository, a fork."""


def on_page(system: System, origin: Origin, *, label: str, stack: str) -> list[Line]:
    """What a page says on its list of what needs a yes."""
    if origin == "fork":
        return [("These are protected. The preview of the real stack, by a maintainer, asks for a yes to them.",)]
    if system == "azure":
        replace, deploy = _environments(stack)
        told = "These are protected. They pass the gate once somebody has approved the environment "
        if origin == "base":
            return [(told, Given(deploy), " in this run.")]
        return [
            (told, Given(replace), " in this run. After the merge the environment ", Given(deploy), " asks again."),
            ("A push has a run of its own, which needs another approval.",),
        ]
    merged = " that was merged" if origin == "base" else ""
    return [
        (
            "These are protected. They pass the gate once somebody with write access, and not the author, has set this "
            f"label on the pull request{merged}:",
        ),
        (Given(label),),
        ("A push that destroys anything else needs another one.",),
    ]


def in_log(system: System, *, label: str, stack: str, given: bool) -> str:
    """What the gate says; `given`: there are approvals, of something else."""
    if system == "azure":
        replace, deploy = (line(name) for name in _environments(stack))
        others = " What was approved is another set: run it again, and approve what is asked for then." if given else ""
        return (
            f"To approve exactly these, approve the environment {replace} in this run of the pull request, or {deploy} "
            f"in the run that deploys.{others}"
        )
    others = " The approvals that there are name another set." if given else ""
    return (
        f"To approve exactly these, set the label {label} on the pull request. "
        f"It takes write access, and another person than the author.{others}"
    )


def _environments(stack: str) -> tuple[str, str]:
    name = stack.rpartition("/")[2] or "STACK"
    return f"{name}-replace", name
