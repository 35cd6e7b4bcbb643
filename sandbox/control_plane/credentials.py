"""Who may speak to the API server, and the kubeconfigs by which they do.

Users are known by random bearer tokens in a file (`--token-auth-file`), not by client certificates: a kubeconfig is
then one short document without files beside it, which is handed to Pulumi as content, and every client can use it
without writing a private key to disk. Tokens are in files of mode 0600 only, never in a command line.
"""

from __future__ import annotations

import base64
import csv
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.control_plane import pki
from sandbox.control_plane.files import write_private

TOKENS_FILE = "tokens.csv"
CLUSTER = "buildfleet-sandbox"


@dataclass(frozen=True)
class User:
    """A user of the API server. Rights come from Kubernetes' own bindings of the name or the group."""

    key: str
    name: str
    groups: tuple[str, ...] = ()


ADMIN = User("admin", "buildfleet-sandbox-admin", ("system:masters",))
CONTROLLER_MANAGER = User("kube-controller-manager", "system:kube-controller-manager")
SCHEDULER = User("kube-scheduler", "system:kube-scheduler")
KWOK = User("kwok", "buildfleet-sandbox-kwok")
"""Bound to the roles that kwok publishes, see `components.prepare_for_kwok`."""

WINDOWS_NODES = User("windows-nodes", "buildfleet-sandbox-windows-nodes")
"""Bound to a role of its own, see `components.prepare_for_windows_nodes`."""

USERS = (ADMIN, CONTROLLER_MANAGER, SCHEDULER, KWOK, WINDOWS_NODES)


def ensure(directory: Path) -> None:
    """Make keys, certificates and tokens in `directory`, all of them or none; leave what is there alone.

    A user that came with a later release gets its token added.
    """
    if directory.is_dir():
        tokens = directory / TOKENS_FILE
        known = {name for _, name, *_ in csv.reader(tokens.read_text().splitlines())}
        if missing := [user for user in USERS if user.name not in known]:
            added = tokens_csv({user: secrets.token_urlsafe(32) for user in missing})
            write_private(tokens, tokens.read_text() + added)
        return
    incomplete = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        for name, content in pki.make().items():
            write_private(incomplete / name, content)
        write_private(incomplete / TOKENS_FILE, tokens_csv({user: secrets.token_urlsafe(32) for user in USERS}))
        incomplete.rename(directory)
    except BaseException:
        shutil.rmtree(incomplete, ignore_errors=True)
        raise


def tokens_csv(tokens: Mapping[User, str]) -> str:
    """The token file's content: token, user name, uid and groups, in Kubernetes' format."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator=os.linesep)
    for user, token in tokens.items():
        rows.writerow([token, user.name, user.key, ",".join(user.groups)])
    return text.getvalue()


def token(directory: Path, user: User) -> str:
    """The user's token."""
    with (directory / TOKENS_FILE).open(newline="") as file:
        for value, name, *_ in csv.reader(file):
            if name == user.name:
                return value
    raise KeyError(user.name)


def kubeconfig(*, directory: Path, user: User, port: int, context: str) -> str:
    """A kubeconfig with one context, which is current. It refers to no other file."""
    certificate = base64.b64encode((directory / "ca.crt").read_bytes()).decode()
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": CLUSTER,
                "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": certificate},
            }
        ],
        "users": [{"name": user.name, "user": {"token": token(directory, user)}}],
        "contexts": [{"name": context, "context": {"cluster": CLUSTER, "user": user.name}}],
        "current-context": context,
    }
    return str(yaml.safe_dump(document, sort_keys=False, width=10_000))
