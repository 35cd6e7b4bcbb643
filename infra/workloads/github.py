"""GitHub runner sets, and the credentials in each of their namespaces."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.github.arguments import ArcController, RunnerImages, WorkVolume
from components.github.credentials import AppCredentials, GitHubCredentials, GitHubCredentialsArgs, TokenCredentials
from components.github.runner_set import RunnerSet, RunnerSetArgs
from infra.settings import github as settings
from infra.workloads import images
from infra.workloads.context import Context
from infra.workloads.purposes import Purpose, purpose_of_runners
from infra.workloads.resources import container_resources
from infra.workloads.storage import daemon_storage

SECRET = "github-credentials"


def deploy(context: Context, github: settings.GitHub) -> Sequence[str]:
    """Register every runner set; returns the labels for `runs-on`, one a set."""
    credentials = _Credentials(context, github.auth)
    arc = context.settings.arc
    controller = ArcController(version=arc.version, namespace=arc.namespace, service_account=arc.service_account)
    for runners in github.runner_sets:
        purpose = purpose_of_runners(runners)
        namespace = context.namespaces.get(purpose)
        pool = context.pool(runners.node_pool)
        RunnerSet(
            runners.name,
            RunnerSetArgs(
                stack=context.stack,
                namespace=context.once_the_engine_is_ready(pool, namespace.namespace)
                if runners.mode == "windows-host-engine"
                else namespace.namespace,
                url=runners.url,
                credentials_secret=credentials.secret(purpose),
                arc=controller,
                runner_set=runners.name,
                mode=runners.mode,
                node_pool=pool,
                images=RunnerImages(
                    runner=runners.image or images.github_runner(context, pool),
                    docker=context.settings.images.docker if runners.mode == "dind" else None,
                ),
                resources=container_resources(runners.resources),
                instances=runners.instances,
                min_runners=runners.min_runners,
                max_runners=runners.max_runners,
                labels=runners.labels,
                runner_group=runners.runner_group,
                caches=runners.caches,
                services=runners.services,
                storage=daemon_storage(runners.storage, context.platform) if runners.storage else None,
                work_volume=_work_volume(context, runners),
                job_timeout_minutes=runners.job_timeout_minutes,
                pull_secret_names=namespace.pull_secret_names,
                most_per_node=context.agents_per_node,
                identity=context.platform.runners_identity if pool.trust == "trusted" else None,
            ),
            opts=context.opts,
        )
    return sorted(runners.name for runners in github.runner_sets)


def _work_volume(context: Context, runners: settings.RunnerSet) -> WorkVolume | None:
    if runners.mode != "kubernetes":
        return None
    volume = runners.work_volume or settings.WorkVolume()
    return WorkVolume(size=volume.size, storage_class=volume.storage_class or context.platform.storage_class)


class _Credentials:
    """One Secret a namespace, made at the first runner set in it."""

    def __init__(self, context: Context, auth: settings.Auth) -> None:
        self._context = context
        self._auth = auth
        self._made: dict[Purpose, pulumi.Output[str]] = {}

    def secret(self, purpose: Purpose) -> pulumi.Input[str]:
        """The name of the Secret in the namespace for a purpose."""
        if isinstance(self._auth, settings.ExistingSecretAuth):
            return self._auth.name
        if purpose not in self._made:
            self._made[purpose] = GitHubCredentials(
                f"{purpose.replace('_', '-')}-credentials",
                GitHubCredentialsArgs(
                    stack=self._context.stack,
                    namespace=self._context.namespaces.get(purpose).namespace,
                    secret=SECRET,
                    credentials=self._credentials(self._auth),
                ),
                opts=self._context.opts,
            ).secret_name
        return self._made[purpose]

    def _credentials(self, auth: settings.AppAuth | settings.PatAuth) -> AppCredentials | TokenCredentials:
        if isinstance(auth, settings.PatAuth):
            return TokenCredentials(token=self._context.secret(auth.secret))
        return AppCredentials(
            client_id=auth.client_id,
            installation_id=auth.installation_id,
            private_key=self._context.secret(auth.private_key_secret),
        )
