"""What is secret stays secret, though the API server knows no marks.

Owns the way of a secret through the provider: its mark is taken off for the API server and put back, on the same
place, on what the API server answers. A Secret's data is secret whether marked or not. And no message may quote one.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from sandbox.plugins.codec import Object, Secret

HIDDEN: Final = "[secret]"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation in which `kubectl apply` leaves a copy of the whole object; an imported Secret may have it."""
SHORTEST: Final = 4
"""Shorter values are not looked for in messages: they would make holes in unrelated words, and hide nothing."""


def strip(value: Any) -> Any:
    """`value` without marks."""
    match value:
        case Secret(inner):
            return strip(inner)
        case dict():
            return {key: strip(item) for key, item in value.items()}
        case list():
            return [strip(item) for item in value]
    return value


def mark(plain: Any, like: Any) -> Any:
    """Plain values, marked as secret where `like` is."""
    if isinstance(like, Secret):
        return Secret(plain)
    if isinstance(plain, dict) and isinstance(like, dict):
        return {key: mark(item, like.get(key)) for key, item in plain.items()}
    if isinstance(plain, list) and isinstance(like, list):
        # An item more than the original had may be one of its secrets, moved.
        more = Secret(None) if any(isinstance(item, Secret) for item in like) else None
        return [mark(item, like[index] if index < len(like) else more) for index, item in enumerate(plain)]
    return plain


def mark_object(plain: Object, like: Object) -> Object:
    """A plain object, marked as `like` is, and as its kind demands."""
    marked: Object = dict(mark(plain, like))
    if not _is_secret_object(plain):
        return marked
    for field in ("data", "stringData"):
        if field in marked and not isinstance(marked[field], Secret):
            marked[field] = Secret(plain[field])
    metadata = marked.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        hidden = {**annotations, LAST_APPLIED: Secret(strip(annotations[LAST_APPLIED]))}
        marked["metadata"] = {**marked["metadata"], "annotations": hidden}
    return marked


def texts(marked: Object) -> list[str]:
    """Every secret text in an object, longest first, in the encodings in which a message could quote it."""
    found: set[str] = set()
    _collect(marked, False, found)
    if _is_secret_object(strip(marked)):
        for field in ("data", "stringData"):
            _collect(marked.get(field), True, found)
    for text in list(found):
        try:
            found.add(base64.b64decode(text, validate=True).decode())
        except (binascii.Error, ValueError):
            continue
    return sorted((text for text in found if len(text) >= SHORTEST), key=lambda text: (-len(text), text))


def redact(message: str, secret_texts: list[str]) -> str:
    """`message` without any of them."""
    for text in secret_texts:
        message = message.replace(text, HIDDEN)
    return message


def _is_secret_object(plain: Object) -> bool:
    return plain.get("kind") == "Secret" and plain.get("apiVersion") == "v1"


def _collect(value: Any, secret: bool, found: set[str]) -> None:
    match value:
        case Secret(inner):
            _collect(inner, True, found)
        case dict():
            for item in value.values():
                _collect(item, secret, found)
        case list():
            for item in value:
                _collect(item, secret, found)
        case str() if secret:
            found.add(value)
