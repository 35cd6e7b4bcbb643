"""Who asks for a generated pod, and how: mostly an administrator who makes it, and a share of those who are let more.

Owns what the Python form has to be told so that it judges the same request: a program has no caller, so what the
cluster leaves out for a caller is left out here by name, and the fleet that a deployer meets is the open one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from rules.policies.fleet import COMPONENT_LABEL, JOB_COMPONENT, OS_LABEL, STACK_LABEL, Fleet
from rules.policies.node_access import node_paths
from rules.policies.pods import pods
from rules.policies.resource import Resource
from tests.engine.admission_plane import PATHS, Answer, Client
from tests.engine.generated_pods import CUSTOM, Generated, generate
from tests.unit.policies.scenes import docker_agent, linux_agent, workload

DEPLOYER: Final = "deployer"
"""May assign trust."""
JOB_CONTROLLER: Final = "system:serviceaccount:kube-system:job-controller"
ACCOUNT: Final = "runner"
SHARE: Final = 0.08
"""Of each kind of request but that of an administrator."""
RUNNING: Final[Mapping[str, Any]] = {"linux": linux_agent, "docker": docker_agent}
"""Pods that are there, in every namespace, for containers to be added to."""

_OF_A_JOB: Final = {
    "image-digest-pinned": "",
    "image-registry-allowlist": "",
    "no-naked-or-default": "kind",
    "workload-resources": "",
}
_OF_A_CHANGE: Final = {"build-workload-placement": ""}


@dataclass(frozen=True, kw_only=True)
class Request:
    """An object with a pod in it, and who asks for it."""

    token: str
    namespace: str
    body: dict[str, Any]
    """Whole, as it is after the request."""
    user: str = ""
    opened: bool = False
    """Whether the fleet's values that a stack file may add to are open."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """By rule, the end of the paths of which the API server is not asked."""
    added: Mapping[str, Any] | None = None
    """The container that is added to a pod that is there."""

    @property
    def resource(self) -> Resource:
        """The same for the Python form."""
        return Resource(type=f"kubernetes:{self.token}", name="thing", inputs=self.body)

    def fleet(self, fleet: Fleet) -> Fleet:
        """What the rules know of a fleet at this request."""
        if not self.opened:
            return fleet
        [pod] = pods(self.resource)
        images = [container.node.get("image").text() or "" for container in pod.containers]
        return replace(
            fleet,
            pools=(),
            registries=(),
            host_paths=[node.text() or "" for node in node_paths(pod)],
            own_repositories=[*(image.split("/")[0] for image in images), "docker.io"],
            pool_keys=sorted(set(pod.node_selector) - {OS_LABEL}),
        )

    def ask(self, client: Client) -> Answer:
        """What the API server says of it."""
        if self.added is None:
            return client.ask(self.body, self.namespace, user=self.user)
        path = f"{PATHS['Pod'].format(self.namespace)}/{self.body['metadata']['name']}/ephemeralcontainers"
        return client.send("PATCH", path, {"spec": {"ephemeralContainers": [self.added]}}, dry_run=True)


def requests(
    seed: int, count: int, fleet: Fleet, running: Mapping[tuple[str, str], dict[str, Any]]
) -> Iterator[Request]:
    """So many requests; `running` are the pods that are there, by namespace and name."""
    pods_by, askers = Random(seed), Random(seed + 1)
    for _ in range(count):
        one, chance, name = generate(pods_by, fleet), askers.random(), askers.choice(sorted(RUNNING))
        if chance < SHARE:
            yield _by_account(one)
        elif chance < 2 * SHARE:
            yield _by_job_controller(one)
        elif chance < 3 * SHARE:
            yield _by_deployer(one, fleet)
        elif chance < 4 * SHARE and one.body["kind"] not in CUSTOM:
            yield _to_a_running_pod(one, running[one.namespace, name])
        else:
            yield Request(token=one.token, namespace=one.namespace, body=one.body)


def there(namespace: str, name: str) -> dict[str, Any]:
    """A pod to be there."""
    body: dict[str, Any] = copy.deepcopy(dict(workload(RUNNING[name](), namespace, "core/v1:Pod").inputs))
    body["metadata"] = {"name": name, "namespace": namespace}
    return body


def _by_account(one: Generated) -> Request:
    """As the container hooks of a runner."""
    return Request(
        token=one.token,
        namespace=one.namespace,
        body=one.body,
        user=f"system:serviceaccount:{one.namespace}:{ACCOUNT}",
        unasked=_OF_A_JOB if one.body["kind"] in ("Job", "Pod") else {},
    )


def _by_job_controller(one: Generated) -> Request:
    of_a_job = one.body["kind"] == "Pod" and _labels(one.token, one.body).get(COMPONENT_LABEL) == JOB_COMPONENT
    return Request(
        token=one.token,
        namespace=one.namespace,
        body=one.body,
        user=JOB_CONTROLLER,
        unasked=_OF_A_JOB if of_a_job else {},
    )


def _by_deployer(one: Generated, fleet: Fleet) -> Request:
    """With the stack's label, as a program writes it."""
    body = copy.deepcopy(one.body)
    body["metadata"].setdefault("labels", {})[STACK_LABEL] = str(fleet.stack)
    of_a_job = _labels(one.token, one.body).get(COMPONENT_LABEL) == JOB_COMPONENT
    return Request(
        token=one.token,
        namespace=one.namespace,
        body=body,
        user=DEPLOYER,
        opened=body["kind"] != "Pod" and not of_a_job,
    )


def _to_a_running_pod(one: Generated, pod: dict[str, Any]) -> Request:
    [found, *_] = pods(Resource(type=f"kubernetes:{one.token}", name="thing", inputs=one.body))
    container: Any = copy.deepcopy(found.containers[0].node.value)
    for key in ("lifecycle", "ports", "resources", "restartPolicy", "volumeMounts"):
        container.pop(key, None)
    # Both pods say that they are for Linux.
    container.get("securityContext", {}).pop("windowsOptions", None)
    container["name"] = "added"
    body = copy.deepcopy(pod)
    body["spec"]["ephemeralContainers"] = [container]
    return Request(token="core/v1:Pod", namespace=one.namespace, body=body, unasked=_OF_A_CHANGE, added=container)


def _labels(token: str, body: dict[str, Any]) -> Mapping[str, str]:
    [pod] = pods(Resource(type=f"kubernetes:{token}", name="thing", inputs=body))
    return pod.meta.get("labels").texts()
