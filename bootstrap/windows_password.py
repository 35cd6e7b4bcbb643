"""Puts the Windows administrators' password of a stack's configuration into the stack's state.

The program ignores a new password, since azure-native would replace the cluster for it. To ignore means that the engine
goes on sending the one in the state: the next update of the cluster would bring the old password back. So after
`az aks update --windows-admin-password` the state has to follow; docs/runbooks.md has the whole procedure.

Clear text goes from `pulumi stack export` to `pulumi stack import` through this process's memory alone, not to a file,
an argument, an environment variable or the terminal. Refuses a state without a cluster, as it would succeed in vain,
and one with pending operations, as `pulumi stack import` drops them.
Standard library only.

    python3 bootstrap/windows_password.py --stack prod --secret windowsAdminPassword
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

CLUSTER = "azure-native:containerservice:ManagedCluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""The mark of a secret in a state; `plaintext` beside it is JSON, in a text."""


def replaced(export: dict[str, Any], password: str) -> int:
    """Set the password in every cluster of an export made with `--show-secrets`. Returns in how many clusters."""
    clusters = 0
    for resource in (export.get("deployment") or {}).get("resources") or []:
        if resource.get("type") == CLUSTER:
            parts = [key for key in ("inputs", "outputs") if key in resource]
            found = [_set(resource, key, password) for key in parts]
            clusters += any(found)
    return clusters


def _set(holder: dict[str, Any], key: str, password: str, *, inside: bool = False) -> bool:
    """Set every `adminPassword` below `windowsProfile` in `holder[key]`, secrets within secrets included."""
    value = holder[key]
    if isinstance(value, list):
        found = False
        for index, _ in enumerate(value):
            box = {key: value[index]}
            found |= _set(box, key, password, inside=inside)
            value[index] = box[key]
        return found
    if not isinstance(value, dict):
        if inside and key == "adminPassword":
            holder[key] = password
            return True
        return False
    if SECRET.items() <= value.items():
        box = {key: json.loads(value["plaintext"])}
        found = _set(box, key, password, inside=inside)
        if found:
            value["plaintext"] = json.dumps(box[key])
        return found
    found = False
    for name in value:
        found |= _set(value, name, password, inside=inside or name == "windowsProfile")
    return found


def _pulumi(*arguments: str, given: str | None = None) -> str:
    done = subprocess.run(["pulumi", *arguments], input=given, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"windows_password.py: `pulumi {' '.join(arguments[:2])}` failed; the state is as it was.")
    return done.stdout


def main(arguments: list[str]) -> None:
    """Export, set, import."""
    parser = argparse.ArgumentParser(prog="windows_password.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stack", required=True, help="the Pulumi stack")
    parser.add_argument("--secret", required=True, help="key of the secret: platform.windows.adminPasswordSecret")
    chosen = parser.parse_args(arguments)
    password = _pulumi("config", "get", "--stack", chosen.stack, f"buildfleet:{chosen.secret}").rstrip("\n")
    export = json.loads(_pulumi("stack", "export", "--stack", chosen.stack, "--show-secrets"))
    if (export.get("deployment") or {}).get("pending_operations"):
        raise SystemExit(
            f"windows_password.py: a run of stack {chosen.stack} was killed and left pending operations, which an "
            "import would forget; nothing done. See docs/runbooks.md, 'A run was killed'."
        )
    clusters = replaced(export, password)
    if not clusters:
        raise SystemExit(f"windows_password.py: stack {chosen.stack} has no AKS cluster with a password; nothing done.")
    _pulumi("stack", "import", "--stack", chosen.stack, given=json.dumps(export))
    print(f"The state of {chosen.stack} has the new password in {clusters} cluster(s).")


if __name__ == "__main__":
    main(sys.argv[1:])
