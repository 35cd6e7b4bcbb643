"""Every pod that a resource makes or may make, wherever its spec stands.

Owns the search: workloads of Kubernetes, their `Patch` and `List` forms, bare pods, and templates inside of custom
resources, known or not. In a kind that is known a spec is known by its place, elsewhere by its shape, a list
`containers` of maps, so that a custom resource that nobody here has heard of is judged too. Pod templates that ARC's
container hooks read from a ConfigMap are YAML or JSON in a text, and are found there; one that cannot be read is a pod
that is not known.

Refuses to judge: what of it is allowed is for the rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from rules.paths import split
from rules.policies.node import UNKNOWN, Node, NotKnown, any_true
from rules.policies.objects import Object, objects
from rules.policies.pod_places import TEMPLATES
from rules.policies.pod_templates import POD_KEYS, templates
from rules.policies.resource import Resource

ContainerRole = Literal["container", "init", "ephemeral"]
_LISTS: Final[tuple[tuple[str, ContainerRole], ...]] = (
    ("containers", "container"),
    ("initContainers", "init"),
    ("ephemeralContainers", "ephemeral"),
)
_WINDOWS: Final = "windows"
_HOOK_KEY: Final = re.compile("hook|template", re.IGNORECASE)
"""Keys of a ConfigMap under which an unknown text may be a hook's template; others hold anything."""
_OS_LABEL: Final = "kubernetes.io/os"


@dataclass(frozen=True)
class Container:
    """One container of a pod."""

    node: Node
    role: ContainerRole

    @property
    def name(self) -> str:
        """Its name, for messages; `?` where it is not known."""
        value = self.node.get("name").value
        return value if isinstance(value, str) else "?"

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that stays: `restartPolicy: Always`."""
        return self.role == "init" and self.node.get("restartPolicy").text() == "Always"


@dataclass(frozen=True)
class Pod:
    """A pod spec and where it stands. Reading of it may raise `NotKnown`."""

    object: Object
    """The Kubernetes object that it is in: the Deployment, the ScaledJob, the pod itself."""
    spec: Node
    meta: Node
    """Metadata of the pod: of the template, or the pod's own."""
    elsewhere: bool = False
    """Whether the pod will not be in the object's namespace, as a listener of ARC is not."""
    hook: bool = False
    """Whether it is a template of a job's pod for ARC's container hooks: a piece, which is merged with what the
    workflow asks for. Its containers may have no image."""

    @property
    def partial(self) -> bool:
        """Whether only some fields are given, so that what is missing says nothing: a `Patch`, a hook's template."""
        return self.object.partial or self.hook

    @cached_property
    def containers(self) -> list[Container]:
        """All containers of all roles. Raises `NotKnown` where a list of them is unknown."""
        return [Container(node, role) for key, role in _LISTS for node in self.spec.get(key).items()]

    def namespace(self) -> str | None:
        """The namespace of the pod; `None`: the provider's default one, or somebody else's (`elsewhere`)."""
        return None if self.elsewhere else self.object.namespace()

    @cached_property
    def node_selector(self) -> dict[str, str]:
        """The node selector, and what a required node affinity asks for alone: one term, `In`, one value."""
        selector = self.spec.get("nodeSelector").texts()
        required = self.spec.get("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        terms = required.get("nodeSelectorTerms").items()
        if len(terms) == 1:
            for expression in terms[0].get("matchExpressions").items():
                key, values = expression.get("key").text(), expression.get("values").items()
                if key and expression.get("operator").text() == "In" and len(values) == 1:
                    selector.setdefault(key, values[0].text() or "")
        return selector

    def is_windows(self) -> bool:
        """Whether the pod says that it is for Windows: by `os`, its selector, or an option that only Windows has."""
        if (os := self.spec.get("os", "name").text()) is not None:
            return os == _WINDOWS
        if (os := self.node_selector.get(_OS_LABEL)) is not None:
            return os == _WINDOWS
        nodes = (self.spec, *(container.node for container in self.containers))
        return any(node.get("securityContext", "windowsOptions").is_given for node in nodes)

    def host_process(self) -> bool:
        """Whether any container runs as a process of a Windows node.

        Said of the pod it holds for every container that says nothing else, and all must agree
        (https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/, read 2026-11); so one that
        says it is enough.
        """
        nodes = (self.spec, *(container.node for container in self.containers))
        return any_true(node.get("securityContext", "windowsOptions", "hostProcess") for node in nodes)


def pods(resource: Resource) -> list[Pod]:
    """Every pod spec in a resource of Kubernetes, in the order of its inputs."""
    return [pod for item in objects(resource) for pod in _of_object(item)]


def _of_object(item: Object) -> Iterator[Pod]:
    if item.kind == "CustomResourceDefinition":
        return
    if item.kind in ("ConfigMap", "Secret"):
        if item.kind == "ConfigMap":
            yield from _hook_templates(item)
        return
    # Of a kind that is known its place tells: a patch need not have containers, and what is unknown has no shape.
    known = [item.body.get(*path, "spec") for path in TEMPLATES.get(item.kind, ())]
    for spec in known:
        if isinstance(spec.value, dict) or not spec.is_known:
            yield _pod(item, spec)
    yield from _below(item, item.body, {spec.path for spec in known})


def _pod(item: Object, spec: Node) -> Pod:
    # The metadata of a template stand beside its spec.
    meta = _above(item, spec).get("metadata")
    return Pod(object=item, spec=spec, meta=meta, elsewhere=".listenerTemplate." in spec.path)


def _below(item: Object, node: Node, known: Collection[str]) -> Iterator[Pod]:
    """Specs by their shape, but for those at places that are known."""
    value = node.value
    if node.path in known and node.path:
        return
    if isinstance(value, dict):
        if _is_spec(value):
            yield _pod(item, node)
            return
        for key in value:
            yield from _below(item, node.get(key), known)
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _below(item, node.get(index), known)


def _is_spec(value: dict[str, Any]) -> bool:
    containers = value.get("containers")
    if isinstance(containers, list):
        return bool(containers) and all(isinstance(one, dict) or one is UNKNOWN for one in containers)
    return containers is UNKNOWN


def _is_hook_spec(document: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Whether it is what a hook merges into a job's pod: that need not have containers."""
    if _is_spec(spec):
        return True
    is_pod = document.get("kind") in (None, "Pod", "PodTemplate") and bool(POD_KEYS & spec.keys())
    return is_pod and spec.get("containers") in (None, [])


def _above(item: Object, spec: Node) -> Node:
    """What the spec stands in: the template, or the pod."""
    parent = spec.path.removesuffix(".spec")
    if parent == spec.path or not parent.startswith(f"{item.body.path}." if item.body.path else ""):
        return item.body
    keys = split(parent)[len(split(item.body.path)) :]
    return Node(item.body.get(*keys).value, parent)


def _hook_templates(item: Object) -> Iterator[Pod]:
    """Pod templates in the texts of a ConfigMap: `ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE` names such a file."""
    try:
        entries = item.body.get("data").entries()
    except NotKnown:
        return
    for key, node in entries:
        text = node.value
        if text is UNKNOWN and _HOOK_KEY.search(key):
            found = None
        elif isinstance(text, str):
            found = templates(text)
        else:
            continue
        if found is None:
            # Not known, and so never passed in silence.
            found = ({"spec": UNKNOWN, "metadata": UNKNOWN},)
        for document in found:
            spec = document["spec"]
            if spec is UNKNOWN or _is_hook_spec(document, spec):
                whole = Node(document, node.path)
                yield Pod(object=item, spec=whole.get("spec"), meta=whole.get("metadata"), hook=True)
