"""`no-inline-secrets`: a credential stands in a Kubernetes Secret that Pulumi keeps secret, and nowhere else.

Looks at what may hold one: environment and arguments of every container, data of ConfigMaps, annotations, values of
Helm releases; by the shape of a text, and by its name. What the program itself says is secret may stand in a Secret and
in a release's values, which Helm keeps in a Secret; in an environment or a ConfigMap it is plain text for everybody who
may read pods.

A value that a preview does not know is the output of some resource and no text of the program. So it is reported as
unchecked where its name says that it is a credential, or where it is a Secret's; any other is judged when it is known.

The state of a stack holds `[secret]` where it cannot be decrypted: that is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.policies.node import Node, Unchecked, Verdict, guarded
from rules.policies.objects import Object, objects
from rules.policies.pods import Pod, pods
from rules.policies.resource import Resource
from rules.policies.rule import MANDATORY, Context, Reference, Rule
from rules.policies.secrets.credentials import awaits_credential, in_arguments, is_a_value, looks_like, named_so
from rules.problem import Problem

ID: Final = "no-inline-secrets"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_DATA: Final = ("data", "stringData")
_HIDDEN: Final = "[secret]"
_MOUNT: Final = "put it into a Secret and mount that as a file, or use workload identity"


def _read(resource: Resource) -> list[Object | Pod]:
    if resource.type == RELEASE:
        return [Object(resource, resource.root, "Release", "helm.sh/v3")]
    return [*objects(resource), *pods(resource)]


def _check(subject: Object | Pod, context: Context) -> Iterator[Verdict]:
    if isinstance(subject, Pod):
        # A pod's template in a Secret is as hidden as the rest of it; of an unknown one the text is judged, or was.
        if subject.object.kind != "Secret" and (subject.spec.is_known or not subject.hook):
            yield from _pod(subject)
    elif subject.kind == "Secret":
        yield from guarded(_annotations(subject.resource, subject.meta))
        for key in _DATA:
            yield from guarded(_secret(subject.resource, subject.body.get(key)))
    elif subject.kind == "Release":
        yield from _values(subject.resource, subject.body.get("values"))
    elif subject.kind != "CustomResourceDefinition":
        yield from guarded(_annotations(subject.resource, subject.meta))
        if subject.kind == "ConfigMap":
            yield from guarded(_named(subject.resource, subject.body.get("data").entries(), "in a ConfigMap"))


def _pod(pod: Pod) -> Iterator[Verdict]:
    resource = pod.object.resource
    if pod.meta.path != pod.object.meta.path:
        yield from guarded(_annotations(resource, pod.meta))
    for container in pod.containers:
        yield from guarded(_environment(resource, container.node.get("env")))
        for key in ("command", "args"):
            yield from guarded(_arguments(resource, container.node.get(key)))


def _environment(resource: Resource, node: Node) -> Iterator[Verdict]:
    entries = [(name, one.get("value")) for one in node.items() if isinstance(name := one.get("name").value, str)]
    yield from _named(resource, entries, "in the environment of a container")


def _annotations(resource: Resource, meta: Node) -> Iterator[Verdict]:
    yield from _named(resource, meta.get("annotations").entries(), "in an annotation")


def _named(resource: Resource, entries: list[tuple[str, Node]], where: str) -> Iterator[Verdict]:
    for name, node in entries:
        yield from guarded(_one(resource, name, node, where))


def _one(resource: Resource, name: str, node: Node, where: str) -> Iterator[Verdict]:
    if node.is_given and _said_secret(resource, node):
        yield _problem(node, "a value that the program says is secret", where)
        return
    if not node.is_known and not named_so(name):
        return
    text = node.text()
    if text is not None and (words := _words(name, text)):
        yield _problem(node, words, where)


def _words(name: str, text: str) -> str | None:
    return looks_like(text) or ("a value whose name says that it is a credential" if _is_named(name, text) else None)


def _is_named(name: str, text: str) -> bool:
    return named_so(name) and is_a_value(text)


def _arguments(resource: Resource, node: Node) -> Iterator[Verdict]:
    where = "in the arguments of a container"
    items = node.items()
    texts = [item.value if isinstance(item.value, str) else "" for item in items]
    options = dict(in_arguments(texts))
    for index, item in enumerate(items):
        if item.is_given and _said_secret(resource, item):
            yield _problem(item, "a value that the program says is secret", where)
        elif words := looks_like(texts[index]):
            yield _problem(item, words, where)
        elif index in options:
            yield _problem(item, f"the value of the option {options[index]}", where)
        elif not item.is_known and index and awaits_credential(texts[index - 1]):
            yield Unchecked(path=item.path)


def _secret(resource: Resource, node: Node) -> Iterator[Verdict]:
    if node.value == _HIDDEN or (node.is_given and _said_secret(resource, node)):
        return
    for _, entry in node.entries():
        yield from guarded(_entry(resource, entry))


def _entry(resource: Resource, entry: Node) -> Iterator[Verdict]:
    if _said_secret(resource, entry) or entry.known() in ("", _HIDDEN):
        return
    yield Problem(
        rule=ID,
        path=entry.path,
        given="a value in plain text",
        allowed="a value that Pulumi keeps secret",
        fix="take it from config.require_secret, or wrap it in pulumi.Output.secret",
    )


def _values(resource: Resource, node: Node, name: str = "") -> Iterator[Verdict]:
    value = node.value
    if isinstance(value, dict):
        for key, entry in node.entries():
            yield from _values(resource, entry, key)
    elif isinstance(value, list):
        for entry in node.items():
            yield from _values(resource, entry, name)
    elif not node.is_known and not resource.is_secret(node.path) and (named_so(name) or not name):
        yield from guarded(_known(node))
    elif isinstance(value, str) and not _said_secret(resource, node) and (words := _words(name, value)):
        yield Problem(
            rule=ID,
            path=node.path,
            given=f"{words}, in plain text in the values of a chart",
            allowed="a value that Pulumi keeps secret, or the name of a Secret that is there",
            fix="name an existing Secret where the chart takes one, else take the value from config.require_secret",
        )


def _known(node: Node) -> Iterator[Verdict]:
    node.known()
    yield from ()


def _said_secret(resource: Resource, node: Node) -> bool:
    """Whether the value, or what it is a part of, is secret. What is below it does not count: a list is not secret
    because one of its entries is."""
    return node.value == _HIDDEN or any(
        node.path == path or node.path.startswith((f"{path}.", f"{path}[")) for path in resource.secret_paths
    )


def _problem(node: Node, given: str, where: str) -> Problem:
    allowed = "no credential in plain text; a reference to a Secret" if "environment" in where else "no credential"
    return Problem(rule=ID, path=node.path, given=f"{given}, {where} (not shown)", allowed=allowed, fix=_MOUNT)


RULE: Final = Rule[Object | Pod](
    id=ID,
    group="secrets",
    title="credentials stand in Secrets, kept secret by Pulumi, and nowhere in plain text",
    why="What stands in an environment, an argument, a ConfigMap, an annotation or a chart's values is read by whoever "
    "may read pods, and ends in states, logs and backups.",
    fix="Take the value from config.require_secret into a Secret and mount it as a file, or use workload identity.",
    severity="critical",
    levels=MANDATORY,
    read=_read,
    check=_check,
    references=(
        Reference(framework="Checkov", id="CKV_K8S_35"),
        Reference(framework="Trivy", id="KSV-0109"),
        Reference(framework="CIS Kubernetes 1.12", id="5.4.1"),
    ),
)
