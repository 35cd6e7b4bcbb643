"""GitHub Actions runners on Kubernetes, served by the Actions Runner Controller.

Owns runner sets, their credentials and what jobs may do. Refuses to install the controller: it is the cluster's, and
its version is a fact that comes in (`ArcController`).
"""

from components.github.arguments import ArcController, RunnerImages, RunnerScaleSetArgs, WorkVolume
from components.github.credentials import AppCredentials, GitHubCredentials, GitHubCredentialsArgs, TokenCredentials
from components.github.modes import RunnerMode, needs_docker_namespace, operating_systems
from components.github.runner_scale_set import RunnerScaleSet
from components.github.runner_set import RunnerSet, RunnerSetArgs

__all__ = [
    "AppCredentials",
    "ArcController",
    "GitHubCredentials",
    "GitHubCredentialsArgs",
    "RunnerImages",
    "RunnerMode",
    "RunnerScaleSet",
    "RunnerScaleSetArgs",
    "RunnerSet",
    "RunnerSetArgs",
    "TokenCredentials",
    "WorkVolume",
    "needs_docker_namespace",
    "operating_systems",
]
