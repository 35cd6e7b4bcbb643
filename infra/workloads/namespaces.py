"""The namespaces of a stack, each made when the first workload asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import pulumi

from components import contract
from components.kubernetes.confined_namespace import (
    ConfinedNamespace,
    ConfinedNamespaceArgs,
    Confinement,
    PullSecret,
)
from components.kubernetes.network_policy import NetworkArgs
from components.platform import Operator, Platform
from infra.settings.stack import StackSettings
from infra.workloads.purposes import Purpose
from infra.workloads.secret_names import secrets_of
from rules.registry import pull_secret_name

CONFINEMENT: Final[Mapping[Purpose, Confinement]] = {
    "docker_engine": "engine",
    "azure_devops": "agents",
    "azure_devops_docker": "agents-docker",
    "github": "agents",
    "github_docker": "agents-docker",
    "builds": "agents-docker",
}

NEEDS_API_SERVER: Final[Mapping[Purpose, Mapping[str, str]]] = {
    "github": {contract.LABEL_COMPONENT: contract.COMPONENT_HOOK_RUNNER},
    "github_docker": {contract.LABEL_COMPONENT: contract.COMPONENT_HOOK_RUNNER},
    "builds": {contract.LABEL_COMPONENT: contract.COMPONENT_IMAGE_BUILD},
}
"""Runners with container hooks make their job pods themselves; builds note digests on their Jobs."""

SERVED_BY: Final[Mapping[Purpose, Operator]] = {
    "azure_devops": "keda",
    "azure_devops_docker": "keda",
    "github": "arc",
    "github_docker": "arc",
}
"""Whose custom resources are in a namespace."""


class Namespaces:
    """The stack's namespaces by purpose."""

    def __init__(
        self,
        settings: StackSettings,
        platform: Platform,
        *,
        stack: str,
        secret: Callable[[str], pulumi.Output[str]],
        opts: pulumi.ResourceOptions,
        policies: Sequence[pulumi.Resource] = (),
    ) -> None:
        self._settings = settings
        self._policies = policies
        self._operators = platform.operators
        self._previewer = platform.previewer
        self._stack = stack
        self._secret = secret
        self._opts = opts
        self._made: dict[Purpose, ConfinedNamespace] = {}

    def get(self, purpose: Purpose) -> ConfinedNamespace:
        """The namespace for a purpose; made at the first call."""
        if purpose not in self._made:
            environment = self._settings.environment
            self._made[purpose] = ConfinedNamespace(
                purpose.replace("_", "-"),
                ConfinedNamespaceArgs(
                    namespace=self.name(purpose),
                    stack=self._stack,
                    environment=environment.name,
                    owner=environment.owner,
                    confinement=CONFINEMENT[purpose],
                    pull_secrets=self._pull_secrets(),
                    network=self._network(purpose),
                    longest_job_minutes=self._longest_job_minutes(),
                    operators=self._operators_of(purpose),
                    policies=self._policies,
                    previewer=self._previewer,
                    secrets=() if self._previewer is None else secrets_of(self._settings, purpose),
                ),
                # A namespace holds all that its workloads are, and its children inherit this.
                opts=pulumi.ResourceOptions.merge(
                    self._opts, pulumi.ResourceOptions(protect=True if environment.production else None)
                ),
            )
        return self._made[purpose]

    def name(self, purpose: Purpose) -> str:
        """The name that the stack file gives to it."""
        return str(getattr(self._settings.namespaces, purpose))

    @property
    def made(self) -> Sequence[str]:
        """The names of those that are needed, sorted."""
        return sorted(self.name(purpose) for purpose in self._made)

    def _operators_of(self, purpose: Purpose) -> list[pulumi.Resource]:
        operator = SERVED_BY.get(purpose)
        return [] if operator is None or operator not in self._operators else [self._operators[operator]]

    def _network(self, purpose: Purpose) -> NetworkArgs | None:
        network = self._settings.network
        if not network.policies:
            return None
        return NetworkArgs(
            api_server_cidrs=network.api_server_cidrs, api_server_allowed_for=NEEDS_API_SERVER.get(purpose)
        )

    def _longest_job_minutes(self) -> int:
        agents = self._settings.azure_devops.agent_pools if self._settings.azure_devops else ()
        runners = self._settings.github.runner_sets if self._settings.github else ()
        minutes = [*(one.job_timeout_minutes for one in agents), *(one.job_timeout_minutes for one in runners)]
        return max(minutes, default=0)

    def _pull_secrets(self) -> list[PullSecret]:
        return [
            PullSecret(
                name=pull_secret_name(secret.server),
                server=secret.server,
                username=secret.username,
                password=self._secret(secret.password_secret),
            )
            for secret in self._settings.registry.pull_secrets
        ]
