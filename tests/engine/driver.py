"""The sandbox's command line, driven as a user drives it, with a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """One stack's sandbox; `file` is a stack file outside of the checkout's root."""

    def __init__(self, folder: Path, kubectl: Path, *, stack: str = "dev", file: Path | None = None) -> None:
        self.folder = folder
        self.stack = stack
        self._kubectl = kubectl
        self._arguments = ["--stack", stack, *(["--file", str(file)] if file else [])]
        self.kubeconfig = folder / stack / "cluster" / "kubeconfig"
        self.state = folder / stack / "state" / ".pulumi" / "stacks" / "buildfleet" / f"{stack}.json"

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sandbox", command, *self._arguments, *options],
            cwd=ROOT,
            env={**os.environ, "BUILDFLEET_SANDBOX": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def erase(self) -> None:
        environment = {**os.environ, "BUILDFLEET_SANDBOX": str(self.folder)}
        subprocess.run([sys.executable, "-m", "sandbox", "down", "--all"], cwd=ROOT, env=environment, check=True)

    def succeeds(self, command: str) -> str:
        """The output of a command that has to succeed."""
        done = self.run(command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kube(self, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [str(self._kubectl), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def items(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.kube("get", *arguments, "-o", "json"))["items"]
        return found

    def emitted(self) -> list[dict[str, Any]]:
        """Every object that the program sent to the API server, but for Secrets: those are encrypted in the state."""
        resources = json.loads(self.state.read_text())["checkpoint"]["latest"]["resources"]
        objects = [
            {key: value for key, value in resource["inputs"].items() if not key.startswith("__")}
            for resource in resources
            if resource["type"].startswith("kubernetes:") and "kind" in resource.get("inputs", {})
        ]
        return [item for item in objects if item["kind"] != "Secret"]

    def dry_run_strictly(self, objects: list[dict[str, Any]]) -> None:
        """Fail unless the API server accepts all of them as they are, with no field it does not know."""
        arguments = ("--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-")
        self.kube("apply", *arguments, stdin=yaml.safe_dump_all(objects))


def changes(output: str) -> dict[str, int]:
    """The engine's closing count, for example {"unchanged": 61}."""
    found = re.search(r"^Resources:\n((?: +.*\n)+)", output, re.MULTILINE)
    assert found, output
    counts = re.findall(r"(\d+) (unchanged|created|updated|deleted|replaced)", found[1])
    return {what: int(count) for count, what in counts}
