"""Secrets, kept so that a change can be seen and nothing else: salted, stretched hashes."""

from __future__ import annotations

import hashlib
import os

from sandbox.azure.types import ArmType
from sandbox.azure.values import Object, text_at


def of(kind: ArmType, inputs: Object, before: Object) -> Object:
    """A digest for each secret of the inputs; the old one where the secret is the same."""
    found = {}
    for path in kind.secrets:
        secret = text_at(inputs, path)
        if secret is None:
            if path in before:
                found[path] = before[path]
        elif path in before and _digest(secret, before[path].split(":")[0]) == before[path]:
            found[path] = before[path]
        else:
            found[path] = _digest(secret, os.urandom(16).hex())
    return found


def _digest(secret: str, salt: str) -> str:
    stretched = hashlib.pbkdf2_hmac("sha256", secret.encode("utf-8", "surrogatepass"), bytes.fromhex(salt), 20_000)
    return f"{salt}:{stretched.hex()}"
