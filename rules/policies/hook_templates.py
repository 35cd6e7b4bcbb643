"""Pod templates for ARC's container hooks in ConfigMaps and Secrets: runners mount either as the file that they name.

Owns where such templates stand, and which of the documents there are some. The hooks take a document for a template
whatever its `kind` (actions/runner-container-hooks, packages/k8s/src/k8s/utils.ts, read 2026-11), but in most
ConfigMaps a document of another kind is just that. So only where a name or a key says that it is for hooks (`content`
of `hook-extension` is GitHub's own example) any document is one, and what is unknown may be one.

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
from rules.policies.pod_templates import POD_KEYS, templates

KINDS: Final = ("ConfigMap", "Secret")
_NAMED: Final = re.compile("(?<!web)hook|template|extension|content", re.IGNORECASE)
_NAMED_SECRET: Final = re.compile("(?<!web)hook|pod.?template", re.IGNORECASE)
"""Of Secrets that are not known, as most are in a first preview: `content` is a word in names of credentials, too."""
_PLAIN_AND_BASE64: Final[Mapping[str, Sequence[tuple[str, bool]]]] = {
    "ConfigMap": (("data", False), ("binaryData", True)),
    "Secret": (("stringData", False), ("data", True)),
}
_KINDS: Final = (None, "Pod", "PodTemplate", "PodTemplateSpec")
_NOT_KNOWN: Final[Mapping[str, Any]] = {"spec": UNKNOWN, "metadata": UNKNOWN}


def hook_templates(item: Object) -> Iterator[Node]:
    """What has `metadata` and `spec` of a pod in a ConfigMap or a Secret; both are unknown where a template may be."""
    name = item.name()
    may_be_one = _NAMED_SECRET if item.kind == "Secret" else _NAMED
    for field, encoded in _PLAIN_AND_BASE64[item.kind]:
        data = item.body.get(field)
        if not data.is_known:
            # Its keys are not known either. Unknown Secrets are the rule, unknown ConfigMaps the exception.
            if item.kind == "ConfigMap" or may_be_one.search(name):
                yield Node(_NOT_KNOWN, data.path)
            continue
        for key, node in data.entries():
            said = f"{name} {key}"
            if node.value is UNKNOWN:
                found = [_NOT_KNOWN] if may_be_one.search(said) else []
            elif isinstance(node.value, str):
                found = _in(_decoded(node.value) if encoded else node.value, bool(_NAMED.search(said)))
            else:
                continue
            for document in found:
                yield Node(_without_texts(document) if item.kind == "Secret" else document, node.path)


def _in(text: str, expected: bool) -> list[Mapping[str, Any]]:
    found = templates(text, expected=expected)
    if found is None:
        # Not known, and so never passed in silence.
        return [_NOT_KNOWN]
    return [document for document in found if _is_template(document, expected)]


def _is_template(document: Mapping[str, Any], expected: bool) -> bool:
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
