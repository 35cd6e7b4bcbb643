"""The names of the Secrets that a stack puts into each of its namespaces, told from settings alone.

Who previews the stack is let in to read them before they are made, so they cannot be asked of what makes them. Pull
secrets are the namespace's own (`components.kubernetes.confined_namespace`). A test holds these names against what is
registered.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.settings.azure_devops import PatAuth
from infra.settings.builds import Build, GitContext, PasswordCredentials
from infra.settings.github import ExistingSecretAuth
from infra.settings.stack import StackSettings
from infra.workloads.purposes import Purpose


def secrets_of(settings: StackSettings, purpose: Purpose) -> list[str]:
    """Names of the stack's Secrets in the namespace for a purpose, sorted; those that others put there are not its."""
    match purpose:
        case "azure_devops" | "azure_devops_docker":
            return sorted(_of_agents(settings))
        case "github" | "github_docker":
            return sorted(_of_runners(settings))
        case "builds":
            return sorted(name for build in settings.builds for name in _of_build(build))
        case "docker_engine":
            return []


# What names them is loaded where the stack has it.
def _of_agents(settings: StackSettings) -> Iterator[str]:
    if settings.azure_devops is not None and isinstance(settings.azure_devops.auth, PatAuth):
        from components.azure_devops.credentials import SECRET_NAME

        yield SECRET_NAME


def _of_runners(settings: StackSettings) -> Iterator[str]:
    if settings.github is not None and not isinstance(settings.github.auth, ExistingSecretAuth):
        from infra.workloads.github import SECRET

        yield SECRET


def _of_build(build: Build) -> Iterator[str]:
    from components.docker_engine.build_access import secret_name

    if isinstance(build.credentials, PasswordCredentials):
        yield secret_name(build.name, "registry")
    if isinstance(build.context, GitContext) and build.context.token_secret is not None:
        yield secret_name(build.name, "git")
