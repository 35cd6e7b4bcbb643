"""The AKS example in a sandbox of its own: a stack file to change, a simulated Azure to look into and to trouble."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
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

    def output_of(self, name: str, key: str) -> str:
        """An output of the resource with this name in the program, from the state."""
        [found] = [one["outputs"][key] for one in self._resources() if one["urn"].endswith(f"::{name}")]
        return str(found)

    def kubernetes_ids(self) -> list[tuple[str, str, str, str]]:
        """API group, kind, namespace and name of every object in the state, Helm releases too."""
        found = []
        for one in self._resources():
            if one["type"].startswith("kubernetes:"):
                module, _, kind = one["type"].removeprefix("kubernetes:").rpartition(":")
                namespace, _, name = one["id"].rpartition("/")
                found.append((module.partition("/")[0].removeprefix("core"), kind, namespace, name))
        return sorted(found)

    def reviewed(self, user: str, wanted: Sequence[Mapping[str, str]]) -> list[tuple[Mapping[str, str], bool]]:
        """Each access with whether the API server lets this user have it."""
        reviews = [
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                # As the API server knows whoever has logged in.
                "spec": {"user": user, "groups": ["system:authenticated"], "resourceAttributes": dict(one)},
            }
            for one in wanted
        ]
        told = self.kube("create", "-f", "-", "-o", "jsonpath={.status.allowed},", stdin=yaml.safe_dump_all(reviews))
        answers = told.strip(",").split(",")
        assert len(answers) == len(wanted)
        return [(one, answer == "true") for one, answer in zip(wanted, answers, strict=True)]

    def _resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.state.read_text())["checkpoint"]["latest"]["resources"]
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
