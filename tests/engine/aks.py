"""The AKS example in a sandbox of its own: a stack file to change, a simulated Azure to look into and to trouble."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from sandbox.azure import Azure
from sandbox.rehearsal import Rehearsal
from tests.engine.driver import ROOT, Sandbox

Sections = dict[str, Any]
POOL = "containerservice:AgentPool"
CLUSTER = "containerservice:ManagedCluster"


class AksSandbox(Sandbox):
    """`Pulumi.aks.yaml` as it is, or as a test changed it."""

    def __init__(self, folder: Path, kubectl: Path, *, stack: str = "aks") -> None:
        self.file = folder / "files" / f"Pulumi.{stack}.yaml"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text((ROOT / "Pulumi.aks.yaml").read_text())
        super().__init__(folder, kubectl, stack=stack, file=self.file)
        self.azure_directory = folder / stack / "azure"
        self.outputs: list[str] = []
        """What every command printed."""

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        done = super().run(command)
        self.outputs.append(done.stdout + done.stderr)
        return done

    @property
    def azure(self) -> Azure:
        """The simulated Azure of the sandbox."""
        return Azure(self.azure_directory, kubeconfig=self.kubeconfig)

    def edit(self, change: Callable[[Sections], None]) -> None:
        """Change the stack file; sections are keyed without prefix."""
        document = yaml.safe_load(self.file.read_text())
        sections = {key.removeprefix("buildfleet:"): value for key, value in document["config"].items()}
        change(sections)
        document["config"] = {f"buildfleet:{key}": value for key, value in sections.items()}
        self.file.write_text(yaml.safe_dump(document))

    def set_secret(self, key: str, value: str) -> None:
        """Give the stack another value of a secret, encrypted as the sandbox's engine does it."""
        with mock.patch.dict(os.environ, BUILDFLEET_SANDBOX=str(self.folder)):
            Rehearsal(self.stack, path=self.file).engine().set_secrets({f"buildfleet:{key}": value})

    def requests_of(self, command: str) -> list[tuple[str, str, int, str]]:
        """What a command that has to succeed asked of Azure: operation, type and name, status, code."""
        before = len(self.azure.requests())
        self.succeeds(command)
        return [
            (operation, _short(resource), status, code)
            for operation, resource, status, code in self.azure.requests()[before:]
            if operation != "read"
        ]

    def fails(self, command: str) -> subprocess.CompletedProcess[str]:
        """A command that has to fail."""
        done = self.run(command)
        assert done.returncode != 0, done.stdout + done.stderr
        return done

    def pool_names(self) -> list[str]:
        """ARM names of all pools, the inline one too, sorted."""
        found = (re.search(r"/agentPools/([^/]+)$", made, re.IGNORECASE) for made, _ in self.azure.resources())
        return sorted(match[1] for match in found if match)

    def pool_id(self, name: str) -> str:
        """The id of the pool whose ARM name starts so."""
        [found] = [
            made for made, _ in self.azure.resources() if re.search(rf"/agentPools/{name}[^/]*$", made, re.IGNORECASE)
        ]
        return found

    def nodes(self, pool: str) -> list[dict[str, Any]]:
        """The simulated nodes of a node pool of the stack file."""
        return self.items("nodes", "-l", f"buildfleet.dev/pool={pool}")


def node_pool(sections: Sections, name: str) -> dict[str, Any]:
    """One node pool of the stack file."""
    pool: dict[str, Any]
    [pool] = [pool for pool in sections["nodePools"] if pool["name"] == name]
    return pool


def small(sections: Sections) -> None:
    """The example without what takes time and makes no difference here."""
    for section in ("azureDevOps", "github", "registry"):
        sections.pop(section, None)
    sections["monitoring"] = {"prometheus": False}
    sections["platform"]["addOns"] = {"azurePolicy": "off"}
    del sections["platform"]["deployment"]
    sections["nodePools"] = [pool for pool in sections["nodePools"] if pool["name"] in ("system", "w22")]
    sections["dockerEngine"].pop("prepull")


def _short(resource: str) -> str:
    return "/".join(resource.rsplit("/", 2)[-2:])
