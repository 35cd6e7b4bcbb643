"""Every pod that a resource makes or may make, wherever its spec stands.

Owns the search: workloads of Kubernetes, their `Patch` and `List` forms, bare pods, and templates inside of custom
resources, known or not. In a kind that is known a spec is known by its place, elsewhere by its shape
(`rules.policies.pod_shapes`), so that a custom resource that nobody here has heard of is judged too, and piece by piece
where it has no whole spec. Pod templates that ARC's container hooks read are YAML or JSON in a text
(`rules.policies.hook_templates`); one that cannot be read is a pod that is not known.

What is unknown in a custom resource may be a pod, or the settings of a certificate. It is a pod, in every namespace,
where the kind makes pods (`MAKERS`). In other kinds it is one for `doubtful_pods` alone: a program is not stopped for
each of somebody else's objects, but in the fleet's namespaces nothing stays unseen.

Refuses to judge: what of it is allowed is for the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from rules.paths import split
from rules.policies import hook_templates
from rules.policies.node import UNKNOWN, Node, any_true
from rules.policies.objects import Object, objects
from rules.policies.pod_places import MAKERS, PATTERNS, PODLESS, TEMPLATES
from rules.policies.pod_shapes import CONTAINER_LISTS, CONTAINERS, Keys, Shape, is_itself_a_container, search
from rules.policies.resource import Resource

ContainerRole = Literal["container", "init", "ephemeral"]
_LISTS: Final[tuple[tuple[str, ContainerRole], ...]] = (
    ("containers", "container"),
    ("initContainers", "init"),
    ("ephemeralContainers", "ephemeral"),
)
_LISTS_OF_PIECES: Final = tuple(key for key in CONTAINER_LISTS if key not in dict(_LISTS))
_WINDOWS: Final = "windows"
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
    piece: bool = False
    """Whether it is a part of a custom resource that has some fields of a pod, or that may be one and is unknown."""
    doubtful: bool = False
    """Whether it is unknown, and in a kind that may make no pods at all."""
    suspected: bool = False
    """Whether it stands for texts that are templates of a hook in the fleet's namespaces alone, and are not read yet:
    there `judge` puts `hidden` in its place, elsewhere nothing."""

    @property
    def partial(self) -> bool:
        """Whether only some fields are given, so that what is missing says nothing: a `Patch`, a hook's template, a
        piece."""
        return self.object.partial or self.hook or self.piece

    @cached_property
    def containers(self) -> list[Container]:
        """All containers of all roles. Raises `NotKnown` where a list of them is unknown."""
        found = [Container(node, role) for key, role in _LISTS for node in self.spec.get(key).items()]
        return [*found, *self._containers_of_a_piece()] if self.piece else found

    def _containers_of_a_piece(self) -> Iterator[Container]:
        nodes = [self.spec.get(key) for key in CONTAINERS]
        nodes += [node for key in _LISTS_OF_PIECES for node in self.spec.get(key).items()]
        # Elsewhere a script is a text, and a step a list of steps.
        yield from (Container(node, "container") for node in nodes if isinstance(node.value, dict) or not node.is_known)
        if is_itself_a_container(self.spec.value):
            yield Container(self.spec, "container")

    @cached_property
    def hidden(self) -> list[Pod]:
        """The pods in the texts that a suspected one stands for, read when they are asked for."""
        return [_hook(self.object, document) for document in hook_templates.more_hook_templates(self.object)]

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


def doubtful_pods(resource: Resource) -> list[Pod]:
    """What is unknown in a custom resource of a kind that may make pods, or not."""
    return [
        Pod(object=item, spec=item.body.get(*keys), meta=Node(UNKNOWN), piece=True, doubtful=True)
        for item in objects(resource)
        if _is_custom(item) and not _makes_pods(item) and item.kind not in PODLESS
        for shape, keys in search(item.body.value, (), custom=True)
        if shape == "unknown"
    ]


def _of_object(item: Object) -> Iterator[Pod]:
    if item.kind == "CustomResourceDefinition":
        return
    if item.kind in hook_templates.KINDS:
        for document in hook_templates.hook_templates(item):
            yield _hook(item, document)
        if hook_templates.may_hold_more(item):
            yield Pod(object=item, spec=Node(UNKNOWN), meta=Node(UNKNOWN), hook=True, suspected=True)
        return
    # Of a kind that is known its place tells: a patch need not have containers, and what is unknown has no shape.
    known: list[Keys] = [(*path, "spec") for path in TEMPLATES.get(item.kind, ())]
    for keys in known:
        spec = item.body.get(*keys)
        if isinstance(spec.value, dict) or not spec.is_known:
            yield _pod(item, keys)
    for shape, keys in search(item.body.value, known, custom=_is_custom(item)):
        if shape != "unknown" or _makes_pods(item):
            yield _pod(item, keys, piece=_PIECE[shape])


def _hook(item: Object, document: Node) -> Pod:
    return Pod(object=item, spec=document.get("spec"), meta=document.get("metadata"), hook=True)


_PIECE: Final[dict[Shape, bool]] = {"spec": False, "piece": True, "unknown": True}


def _is_custom(item: Object) -> bool:
    """Whether an object is of a kind of others, whose places nobody here knows."""
    group = _group(item)
    own = "." not in group or group.endswith(".k8s.io")
    return not own and not _writes_policies(group) and item.kind not in TEMPLATES


def _writes_policies(group: str) -> bool:
    return any(group == domain or group.endswith(f".{domain}") for domain in PATTERNS)


def _makes_pods(item: Object) -> bool:
    return item.kind in MAKERS.get(_group(item), ())


def _group(item: Object) -> str:
    return item.group.partition("/")[0]


def _pod(item: Object, keys: Keys, *, piece: bool = False) -> Pod:
    spec = item.body.get(*keys)
    own = spec.get("metadata") if piece and isinstance(spec.value, dict) else None
    # The metadata of a template stand beside its spec.
    meta = own if own is not None and own.is_given else _above(item, spec).get("metadata")
    return Pod(object=item, spec=spec, meta=meta, elsewhere=".listenerTemplate." in spec.path, piece=piece)


def _above(item: Object, spec: Node) -> Node:
    """What the spec stands in: the template, or the pod."""
    parent = spec.path.removesuffix(".spec")
    if parent == spec.path or not parent.startswith(f"{item.body.path}." if item.body.path else ""):
        return item.body
    keys = split(parent)[len(split(item.body.path)) :]
    return Node(item.body.get(*keys).value, parent)
