"""Ten prepared changes of this repository's stacks, and what a pull request shows of them: `make reviews`.

Each is a small edit of a stack file, previewed by the real engine against the stack as it is, with the policy pack. The
summaries are in `docs/reviews/`; a test makes them anew and compares.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.policy_config import configuration
from review.log import read
from review.page import render
from review.summary import summary
from sandbox.rehearsal import Rehearsal

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "reviews"
SECONDS: Final = 600
# So that the pages do not tell which plugins were on the machine that made them.
STAND_INS: Final = {"BUILDFLEET_LANGUAGE_HOST": "stand-in", "BUILDFLEET_KUBERNETES_PROVIDER": "stand-in"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `edits` are pieces of the stack file and what stands there afterwards."""

    name: str
    stack: str
    title: str
    edits: Sequence[tuple[str, str]] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    """New values of secrets; placeholders of a rehearsal."""
    fails: bool = False


CHANGES: Final = (
    Change(
        name="pool-added",
        stack="aks",
        title="A node pool is added",
        edits=[
            (
                "    - {name: w22,",
                "    - {name: lin2, os: linux, purpose: build, vmSize: Standard_D8ds_v5, minCount: 0, maxCount: 5, "
                "osDiskSizeGB: 256}\n    - {name: w22,",
            ),
            ("350}", "400}"),
        ],
    ),
    Change(
        name="pool-resized",
        stack="aks",
        title="A node pool may grow further",
        edits=[("minCount: 2, maxCount: 8", "minCount: 2, maxCount: 12"), ("350}", "400}")],
    ),
    Change(
        name="pool-replaced",
        stack="aks",
        title="A node pool gets larger machines",
        edits=[
            (
                "vmSize: Standard_D8ds_v5, minCount: 1, maxCount: 10",
                "vmSize: Standard_D16ds_v5, minCount: 1, maxCount: 10",
            ),
            ("350}", "500}"),
        ],
    ),
    Change(
        name="engine-upgraded",
        stack="dev",
        title="The Docker Engine is upgraded",
        edits=[
            (
                "    version: 29.2.1\n",
                "    version: 29.3.0\n    releases:\n      - version: 29.3.0\n"
                "        url: https://download.docker.com/win/static/stable/x86_64/docker-29.3.0.zip\n"
                f"        sha256: {'0123456789abcdef' * 4}\n",
            )
        ],
    ),
    Change(
        name="secret-rotated",
        stack="dev",
        title="A secret is rotated",
        secrets={"buildfleet:azureDevOpsToken": "rehearsal-placeholder-rotated"},
    ),
    Change(
        name="rule-broken",
        stack="aks",
        title="A rule is broken",
        edits=[("minCount: 0, maxCount: 10}", "minCount: 0, maxCount: 90}"), ("350}", "900}")],
        fails=True,
    ),
    Change(name="nothing-changed", stack="dev", title="Nothing is changed"),
    Change(
        name="runner-set-added",
        stack="dev",
        title="A runner set is added",
        edits=[
            (
                "      - {name: app-dind,",
                "      - {name: tools, url: https://github.com/contoso/tools, mode: dind, nodePool: lin}\n"
                "      - {name: app-dind,",
            )
        ],
    ),
    Change(
        name="agents-removed",
        stack="dev",
        title="Agents are removed",
        edits=[
            (
                "      - {name: linux-plain, pool: dev-linux-plain, nodePool: lin, docker: none, "
                "scaling: {kind: keda, min: 0, max: 10}}\n",
                "",
            )
        ],
    ),
    Change(
        name="images-changed",
        stack="dev",
        title="All agents and runners get new images",
        edits=[("tag: 0.1.0}", "tag: 0.2.0}")],
    ),
)


class Stacks:
    """The stacks as they are, each brought up once in a sandbox of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._up: set[str] = set()

    def page(self, change: Change) -> str:
        """The page on a change: what was changed, and what a pull request shows."""
        original = ROOT / f"Pulumi.{change.stack}.yaml"
        before = original.read_text()
        after = before
        for old, new in change.edits:
            assert after.count(old) == 1, f"{change.name}: {old!r} stands {after.count(old)} times in {original.name}"
            after = after.replace(old, new)
        if change.stack not in self._up:
            self._sandbox("up", change.stack)
            self._up.add(change.stack)
        with tempfile.TemporaryDirectory() as folder:
            file, events = Path(folder) / original.name, Path(folder) / "events.json"
            file.write_text(after)
            self._rotate(change.stack, change.secrets)
            config = Path(folder) / "policy.json"
            config.write_text(json.dumps(configuration(file, stack=change.stack)))
            pack = ("--policy-pack", "policy", "--policy-pack-config", str(config))
            options = ("--file", str(file), "--events", str(events), *pack)
            self._sandbox("preview", change.stack, *options, code=1 if change.fails else 0)
            self._rotate(change.stack, dict.fromkeys(change.secrets, "rehearsal-placeholder"))
            shown = render(summary(read(events), change.stack), "markdown")
        lines = (before.splitlines(), after.splitlines())
        diff = list(difflib.unified_diff(*lines, original.name, original.name, n=1, lineterm=""))
        told = "\n".join(["```diff", *diff, "```"]) if diff else _without_a_diff(change, original.name)
        return f"# {change.title}\n\n{told}\n\n{shown}"

    def erase(self) -> None:
        """Stop the sandboxes and delete them."""
        self._run("down", "--all")

    def _rotate(self, stack: str, values: Mapping[str, str]) -> None:
        if values:
            with _variables({"BUILDFLEET_SANDBOX": str(self._folder), **STAND_INS}):
                Rehearsal(stack).engine().set_secrets(values)

    def _sandbox(self, command: str, stack: str, *options: str, code: int = 0) -> None:
        done = self._run(command, "--stack", stack, *options)
        assert done.returncode == code, f"sandbox {command} {stack}:\n{done.stdout}{done.stderr}"

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=ROOT,
            env={**os.environ, **STAND_INS, "BUILDFLEET_SANDBOX": str(self._folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )


class _variables:
    """These variables in the process's environment, for as long as the block runs."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values, self._before = values, {name: os.environ.get(name) for name in values}

    def __enter__(self) -> None:
        os.environ.update(self._values)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _without_a_diff(change: Change, file: str) -> str:
    if not change.secrets:
        return f"`{file}` is as it was."
    keys = ", ".join(f"`{key}`" for key in sorted(change.secrets))
    return f"In `{file}` the encrypted value of {keys} is another one."


def main() -> int:
    """Write all pages."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        stacks = Stacks(Path(folder))
        try:
            for change in sorted(CHANGES, key=lambda change: change.stack):
                (FOLDER / f"{change.name}.md").write_text(stacks.page(change))
                print(f"docs/reviews/{change.name}.md", flush=True)
        finally:
            stacks.erase()
    return 0


if __name__ == "__main__":
    sys.exit(main())
