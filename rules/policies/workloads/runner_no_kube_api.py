"""`runner-no-kube-api`: jobs do not reach the API server, and what must reach it does not run jobs.

Owns who in the fleet's namespaces has a token: pods of the engine, builds that note a digest on their Job, and runners
that make their jobs' pods (ARC's container hooks). Those last can read every Secret of their namespace and make any pod
that its admission lets pass, so they belong where Pod Security holds. In a namespace that it leaves privileged they are
allowed only as the mode `cached-privileged-kubernetes` has them: no step runs beside the token
(`ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER`), a hook template gives the job's pod its account and no token, and the pool is
trusted. What is mounted from elsewhere (`envFrom`) is not seen.

A token comes by the account (`automountServiceAccountToken`), by a volume that projects one, or in a Secret that never
ends. A projected one for somebody else, as workload identity's, is none of the API server's. The volume that the API
server adds by itself (`kube-api-access-...`) is there only where the first way is open, and needs no exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from rules.policies.fleet import COMPONENT_LABEL, TOKEN_COMPONENTS
from rules.policies.node import Node, Verdict, each_known
from rules.policies.objects import Object, of_kind
from rules.policies.pods import Container, Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule, Twin
from rules.policies.twin import literal
from rules.policies.workloads.additions import mended
from rules.problem import Problem
from rules.tables.api_audiences import API_AUDIENCE, TOKEN_SECRET
from rules.words import NOTHING, given

ID: Final = "runner-no-kube-api"
HOOKS: Final = "ACTIONS_RUNNER_CONTAINER_HOOKS"
_BUILD: Final = "image-build"
_TEMPLATE: Final = "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE"
_REQUIRE_CONTAINER: Final = "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER"
_TOKEN: Final = "automountServiceAccountToken"
_COMPONENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "agents": tuple(one for one in TOKEN_COMPONENTS if one != _BUILD),
    "agents-docker": TOKEN_COMPONENTS,
}
"""Whose label gives a token, by the purpose of the namespace: no image is built where no pod has a daemon."""

_accounts: Final = of_kind("ServiceAccount", "Secret")


def _read(resource: Resource) -> Sequence[Pod | Object]:
    return [*_accounts(resource), *pods(resource)]


def _check(subject: Pod | Object, context: Context) -> Iterator[Verdict]:
    if context.fleet.confinement(subject.namespace()) is None:
        return
    if isinstance(subject, Object):
        yield from _holds_no_token(subject) if subject.kind == "Secret" else _gives_no_token(subject)
        return
    parts: list[Callable[[Pod, Context], Iterator[Verdict]]] = [_account, _token, _projected, _hooks]
    yield from each_known(parts, lambda part: part(subject, context))


def _gives_no_token(account: Object) -> Iterator[Verdict]:
    token = account.body.get(_TOKEN)
    flag = token.flag()
    if flag or (flag is None and not account.partial):
        yield Problem(
            rule=ID,
            path=token.path,
            given=given(flag),
            allowed="false: a pod that needs the API server says so itself",
            fix=f"write {_TOKEN}: false in the service account",
        )


def _holds_no_token(secret: Object) -> Iterator[Verdict]:
    node = secret.body.get("type")
    if node.text() == TOKEN_SECRET:
        yield Problem(
            rule=ID,
            path=node.path,
            given=given(TOKEN_SECRET),
            allowed="no token of a service account in a Secret: it never ends, and every pod here could mount it",
            fix="remove the Secret; a pod that may have a token has one from its service account",
        )


def _account(pod: Pod, context: Context) -> Iterator[Verdict]:
    named = _named_account(pod)
    name = named.text()
    if name == "default" or (not name and not pod.partial):
        yield Problem(
            rule=ID,
            path=named.path,
            given=given(name) if name else f"{NOTHING}, which means default",
            allowed="a service account of its own: rights given to default are every pod's",
            fix="make a ServiceAccount without rights and name it in serviceAccountName",
        )


def _named_account(pod: Pod) -> Node:
    """The account that a pod names. The field's former name, `serviceAccount`, counts where the other is empty."""
    name, former = (pod.spec.get(key) for key in ("serviceAccountName", "serviceAccount"))
    return name if name.text() or not former.text() else former


def _token(pod: Pod, context: Context) -> Iterator[Verdict]:
    token = pod.spec.get(_TOKEN)
    flag = token.flag()
    if flag is False or (flag is None and pod.partial) or _needs_token(pod, context):
        return
    yield Problem(
        rule=ID,
        path=token.path,
        given=given(flag) if flag else f"{NOTHING}, which means what the account says, true by default",
        allowed=f"false, but for the engine, builds and runners that make their jobs' pods ({COMPONENT_LABEL})",
        fix=f"write {_TOKEN}: false",
    )


def _projected(pod: Pod, context: Context) -> Iterator[Verdict]:
    volumes = pod.spec.get("volumes").items()
    sources = [source for volume in volumes for source in volume.get("projected", "sources").items()]

    def source(node: Node) -> Iterator[Verdict]:
        token = node.get("serviceAccountToken")
        if not token.is_given:
            return
        audience = token.get("audience")
        name = audience.text() or ""
        if (not name or re.search(API_AUDIENCE, name)) and not _needs_token(pod, context):
            yield Problem(
                rule=ID,
                path=audience.path,
                given=given(name) if name else f"{NOTHING}, which means the API server",
                allowed=f"a token for somebody else, but for pods that need the API server ({COMPONENT_LABEL})",
                fix="remove the volume, or name whom the token is for, such as api://AzureADTokenExchange",
            )

    yield from each_known(sources, source)


def _needs_token(pod: Pod, context: Context) -> bool:
    fleet = context.fleet
    purpose = fleet.confinement(pod.namespace())
    if purpose == "engine":
        return _named_account(pod).text() in fleet.engine_accounts
    if pod.meta.get("labels", COMPONENT_LABEL).text() in _COMPONENTS.get(purpose or "", ()):
        return True
    return any(_variables(container, HOOKS) for container in pod.containers)


def _hooks(pod: Pod, context: Context) -> Iterator[Verdict]:
    purpose = context.fleet.confinement(pod.namespace())
    runners = [container for container in pod.containers if _variables(container, HOOKS)]
    if purpose == "agents" or not runners:
        return
    if purpose == "engine":
        yield Problem(
            rule=ID,
            path=runners[0].node.get("env").path,
            given=f"{HOOKS} in the engine's namespace",
            allowed="runners in namespaces of agents",
            fix="move the runner",
        )
        return
    settings = [(container, name) for container in runners for name in (_REQUIRE_CONTAINER, _TEMPLATE)]
    yield from each_known(settings, lambda setting: _confined(pod, *setting))
    yield from each_known([pod], lambda _: _on_trusted_nodes(pod, context))


def _confined(pod: Pod, container: Container, name: str) -> Iterator[Verdict]:
    def right(value: str | None) -> bool:
        return value == "true" if name == _REQUIRE_CONTAINER else bool(value)

    nodes = _variables(container, name)
    wrong = [node for node in nodes if not right(node.text())]
    if wrong or not (nodes or pod.partial):
        yield Problem(
            rule=ID,
            path=(wrong[0] if wrong else container.node.get("env")).path,
            given=f"{name}: {given(wrong[0].text()) if wrong else NOTHING}, where pods may be privileged",
            allowed=f"{'true' if name == _REQUIRE_CONTAINER else 'the path of a hook template'} there: a step beside "
            "the runner's token, or a job's pod with one, could make a privileged pod",
            fix=f"set {name}, or place the runner in a namespace of agents without Docker",
        )


def _on_trusted_nodes(pod: Pod, context: Context) -> Iterator[Verdict]:
    if any(pool.trust == "untrusted" for pool in context.fleet.pools_named(pod.node_selector)):
        yield Problem(
            rule=ID,
            path=pod.spec.get("nodeSelector").path,
            given="a pool for untrusted work",
            allowed="trusted pools: this runner may make privileged pods",
            fix="place the runner in a namespace of agents without Docker, or on a trusted pool",
        )


def _variables(container: Container, name: str) -> list[Node]:
    """The values of an environment variable, wherever each comes from: one that is set twice has the last."""
    return [entry.get("value") for entry in container.node.get("env").items() if entry.get("name").text() == name]


def _remedy(resource: Resource, context: Context) -> dict[str, object] | None:
    """Pods that need no token, and do not say whether they have one, say that they have none."""
    return mended(
        resource,
        context,
        lambda pod: None if _needs_token(pod, context) else pod.spec.get(_TOKEN),
        False,
    )


def _cel_any(name: str) -> str:
    return f"c.?env.orValue([]).exists(e, e.name == '{name}')"


def _cel_every(name: str, condition: str) -> str:
    return f"({_cel_any(name)} && c.env.all(e, e.name != '{name}' || e.?value.orValue('') {condition}))"


_CEL_CONFINED: Final = _cel_every(_REQUIRE_CONTAINER, "== 'true'") + " && " + _cel_every(_TEMPLATE, "!= ''")
_CEL_ACCOUNT: Final = (
    "[variables.spec.?serviceAccountName.orValue(''), variables.spec.?serviceAccount.orValue('')]"
    ".filter(a, a != '')[?0].orValue('default')"
)
_CEL_COMPONENT: Final = f"variables.meta.?labels[?'{COMPONENT_LABEL}'].orValue('')"
_CEL_PROJECTED: Final = (
    # The API server has null where a volume has no sources.
    "variables.volumes.map(v, v.?projected.?sources.orValue(null)).filter(f, f != null)"
    ".exists(f, f.exists(s, s.?serviceAccountToken.hasValue() && "
    "[string(s.serviceAccountToken.?audience.orValue(''))].exists(a, a == '' || "
    f"a.matches({literal(API_AUDIENCE)}))))"
)
_ANY_HOOKS: Final = f"variables.containers.exists(c, {_cel_any(HOOKS)})"

RULE: Final = Rule[Pod | Object](
    id=ID,
    group="workloads",
    title="pods of agents and runners have an account of their own and no token of the API server",
    why="With the token of a runner that makes pods, a job reads every Secret of the namespace; where pods may be "
    "privileged, it takes the nodes too.",
    fix="Name a service account without rights, and write automountServiceAccountToken: false in it and in the pod; "
    "run ARC's Kubernetes modes in a namespace without privileged pods.",
    severity="high",
    levels=MANDATORY,
    read=_read,
    check=_check,
    remedy=_remedy,
    references=(
        Reference(framework="CIS Kubernetes 1.12", id="5.1.5"),
        Reference(framework="CIS Kubernetes 1.12", id="5.1.6"),
        Reference(framework="Azure Policy", id="423dd1ba-798e-40e4-9c4d-b6902674b423"),
        Reference(framework="Checkov", id="CKV_K8S_38"),
        Reference(framework="Trivy", id="KSV-0036"),
    ),
    twins=(
        Twin(
            family="workloads",
            expression=f"{_CEL_ACCOUNT} != 'default'",
            message="the pod uses the account default; give it a service account of its own",
        ),
        Twin(
            family="workloads",
            expression=f"(!variables.spec.?{_TOKEN}.orValue(true) && !{_CEL_PROJECTED}) || "
            "(variables.confinement == 'engine' ? "
            f"{_CEL_ACCOUNT} in variables.engineAccounts : "
            f"({_CEL_COMPONENT} in {literal(_COMPONENTS)}[?variables.confinement].orValue([]) || {_ANY_HOOKS}))",
            message=f"write {_TOKEN}: false, and project no token of the API server; the engine, builds and runners "
            "that make pods alone have one",
        ),
        Twin(
            family="workloads",
            expression=f"variables.confinement == 'agents' || !{_ANY_HOOKS} || "
            "(variables.confinement == 'agents-docker' && !variables.poolsNamed.exists(p, p.trust == 'untrusted') && "
            "variables.containers.all(c, "
            f"!{_cel_any(HOOKS)} || ({_CEL_CONFINED})))",
            message=f"where pods may be privileged, a runner that makes pods has {_REQUIRE_CONTAINER}=true, "
            f"{_TEMPLATE} and a trusted pool",
        ),
    ),
)
