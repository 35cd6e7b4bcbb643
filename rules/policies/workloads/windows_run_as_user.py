"""`windows-run-as-user`: a Windows container of the fleet says as whom it runs: no administrator without need.

Images of Windows name ContainerAdministrator unless they say otherwise. Users of the engine's pipe need it, since the
pipe admits administrators only; HostProcess pods name the account of the node that they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rules.policies.fleet import Fleet
from rules.policies.node import Verdict, each_known
from rules.policies.node_access import USES_PIPE, uses_pipe
from rules.policies.node_paths import lower
from rules.policies.pods import Container, Pod, pods
from rules.policies.rule import ADVISORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.problem import Problem
from rules.tables.node_doors import WINDOWS_ADMINISTRATORS
from rules.words import NOTHING, given

ID: Final = "windows-run-as-user"
_FIELD: Final = ("securityContext", "windowsOptions", "runAsUserName")


def _check(pod: Pod, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(pod.namespace()) is None or not pod.is_windows():
        return
    told: set[str] = set()
    for verdict in each_known(pod.containers, lambda container: _container(pod, container, context.fleet)):
        # What is said of the pod is wrong once, however many containers it has.
        if verdict.path not in told:
            yield verdict
        told.add(verdict.path)


def _container(pod: Pod, container: Container, fleet: Fleet) -> Iterator[Verdict]:
    own, whole = container.node.get(*_FIELD), pod.spec.get(*_FIELD)
    node = own if own.text() else whole
    user = node.text()
    if not user:
        if not pod.partial:
            yield Problem(
                rule=ID,
                path=own.path,
                given=NOTHING,
                allowed="the account of the node that the pod needs" if pod.host_process() else given("ContainerUser"),
                fix="write securityContext.windowsOptions.runAsUserName: the user of most images is an administrator",
            )
        return
    if re.fullmatch(WINDOWS_ADMINISTRATORS, lower(user)) is None or pod.host_process() or _may_use_pipe(pod, fleet):
        return
    yield Problem(
        rule=ID,
        path=node.path,
        given=given(user),
        allowed=f"{given('ContainerUser')}: only users of the engine's pipe have to be administrators",
        fix="write ContainerUser, and give it rights in the image where it lacks some",
    )


def _may_use_pipe(pod: Pod, fleet: Fleet) -> bool:
    # A patch may leave out the volume that the pod has.
    return uses_pipe(pod) or (pod.partial and fleet.confinement(pod.namespace()) == "agents-docker")


_USER: Final = "?securityContext.?windowsOptions.?runAsUserName.orValue('')"
_EFFECTIVE: Final = f"(c.{_USER} != '' ? c.{_USER} : variables.spec.{_USER})"

RULE: Final = Rule[Pod](
    id=ID,
    group="workloads",
    title="Windows containers of the fleet name their user, and administrators only where the pipe needs it",
    why="The user of most Windows images is ContainerAdministrator, for whom the step out of a container is shorter.",
    fix="Write securityContext.windowsOptions.runAsUserName: ContainerUser where the container does not use the pipe.",
    severity="medium",
    levels=ADVISORY,
    read=pods,
    check=_check,
    references=(
        Reference(framework="Azure Policy", id="5485eac0-7e8f-4964-998b-a44f4f0c1e75"),
        Reference(framework="Azure Policy", id="57dde185-5c62-4063-b965-afbb201e9c1c"),
        Reference(framework="Kyverno", id="require-run-as-containeruser"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression=f"!variables.windows || variables.containers.all(c, {_EFFECTIVE} != '' && "
            f"(variables.hostProcess || {USES_PIPE} || "
            f"!{_EFFECTIVE}.lowerAscii().matches({literal(f'^(?:{WINDOWS_ADMINISTRATORS})$')})))",
            message="a Windows container names its runAsUserName: ContainerUser, unless it uses the engine's pipe",
        ),
    ),
)
