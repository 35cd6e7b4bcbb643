"""Pod templates for ARC's container hooks in ConfigMaps and Secrets: runners mount either as the file that they name.

Owns where such templates stand, and which of the documents there are some. The hooks take a document for a template
whatever its `kind` (actions/runner-container-hooks, packages/k8s/src/k8s/utils.ts, read 2026-11), but in most
ConfigMaps a document of another kind is just that. So there are two ways to read. What has the form of a template is
one anywhere. Any other document, and what is unknown or cannot be read, is one where its name or key has a word of
hooks (`content` of `hook-extension` is GitHub's own example): those are words of web sites and databases, too, so it
is read that way in the namespaces of the fleet alone, whose runners mount it.

Refuses to hand on a text of a Secret: a rule sees truth values and numbers there, and every text as unknown, so that no
message can show one. A template holds no credential; it belongs in a ConfigMap.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rules.policies.node import UNKNOWN, Node
from rules.policies.objects import Object
from rules.policies.pod_templates import POD_KEYS, may_be_template, templates

KINDS: Final = ("ConfigMap", "Secret")
_KEY: Final = re.compile(r"(?<!web)(?<!web[-_.])hook|template", re.IGNORECASE)
"""Of a ConfigMap's key under which an unknown text may be a template in any namespace."""
_NAMED: Final = re.compile(rf"{_KEY.pattern}|extension|content", re.IGNORECASE)
_NAMED_SECRET: Final = re.compile("hook.?(extension|template)|pod.?template", re.IGNORECASE)
"""Of Secrets that are not known, as most are in a first preview, with addresses of hooks of others among them."""
_PLAIN_AND_BASE64: Final[Mapping[str, Sequence[tuple[str, bool]]]] = {
    "ConfigMap": (("data", False), ("binaryData", True)),
    "Secret": (("stringData", False), ("data", True)),
}
_KINDS: Final = (None, "Pod", "PodTemplate", "PodTemplateSpec")
_NOT_KNOWN: Final[Mapping[str, Any]] = {"spec": UNKNOWN, "metadata": UNKNOWN}


class _Unknown(Node):
    """A text, or all of them, that is not known: what is in it has no place of its own."""

    __slots__ = ()

    def get(self, *keys: str | int) -> Node:
        """Itself."""
        return self


def hook_templates(item: Object) -> Iterator[Node]:
    """What has the form of a template in a ConfigMap or a Secret, in any namespace: its `metadata` and `spec`. Both
    are unknown where it cannot be read, or where a key says that it may be one."""
    for key, node, text in _texts(item):
        if text is not None:
            yield from _nodes(item, node, _in(text))
        elif item.kind == "ConfigMap" and _KEY.search(key):
            yield _Unknown(UNKNOWN, node.path)


def may_hold_more(item: Object) -> bool:
    """Whether `more_hook_templates` may find any: cheap, as nothing is read for it."""
    unknown = any(not item.body.get(field).is_known for field, _ in _PLAIN_AND_BASE64[item.kind])
    return unknown or any(
        _is_named(item, key, known=text is not None) and (text is None or may_be_template(text))
        for key, _, text in _texts(item)
    )


def more_hook_templates(item: Object) -> Iterator[Node]:
    """What else is taken for a template in a namespace with runners, where names say that it is for hooks."""
    for field, _ in _PLAIN_AND_BASE64[item.kind]:
        data = item.body.get(field)
        # Its keys are not known either. Unknown Secrets are the rule, unknown ConfigMaps the exception.
        if not data.is_known and (item.kind == "ConfigMap" or _NAMED_SECRET.search(item.name())):
            yield _Unknown(UNKNOWN, data.path)
    for key, node, text in _texts(item):
        if not _is_named(item, key, known=text is not None):
            continue
        if text is not None:
            yield from _nodes(item, node, _more_in(text))
        elif item.kind == "Secret" or not _KEY.search(key):
            yield _Unknown(UNKNOWN, node.path)


def _texts(item: Object) -> Iterator[tuple[str, Node, str | None]]:
    """Keys, where they stand, and their texts; `None`: not known."""
    for field, encoded in _PLAIN_AND_BASE64[item.kind]:
        data = item.body.get(field)
        for key, node in data.entries() if data.is_known else ():
            if isinstance(node.value, str):
                yield key, node, _decoded(node.value) if encoded else node.value
            elif not node.is_known:
                yield key, node, None


def _is_named(item: Object, key: str, *, known: bool) -> bool:
    words = _NAMED_SECRET if item.kind == "Secret" and not known else _NAMED
    return words.search(f"{item.name()} {key}") is not None


def _nodes(item: Object, node: Node, found: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    for document in found:
        yield Node(_without_texts(document) if item.kind == "Secret" else document, node.path)


def _in(text: str) -> list[Mapping[str, Any]]:
    found = templates(text)
    # What cannot be read is never passed in silence.
    return [_NOT_KNOWN] if found is None else [one for one in found if _is_template(one, expected=False)]


def _more_in(text: str) -> list[Mapping[str, Any]]:
    """What `_in` does not find."""
    plain, found = templates(text), templates(text, expected=True)
    if plain is None:
        return []
    if found is None:
        return [_NOT_KNOWN]
    told = [one for one in plain if _is_template(one, expected=False)]
    return [one for one in found if _is_template(one, expected=True) and one not in told]


def _is_template(document: Mapping[str, Any], *, expected: bool) -> bool:
    """Whether a document with a `spec` is what a hook merges into a job's pod: that need not have containers."""
    spec: Mapping[str, Any] = document["spec"]
    containers = spec.get("containers")
    of_a_pod = bool(POD_KEYS & spec.keys())
    if expected:
        return of_a_pod
    if isinstance(containers, list) and containers:
        return all(isinstance(one, dict) for one in containers)
    return of_a_pod and containers in (None, []) and document.get("kind") in _KINDS


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def _without_texts(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _without_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_texts(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else UNKNOWN
