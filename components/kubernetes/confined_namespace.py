"""A namespace with one purpose, and the confinement that the purpose allows.

Owns the namespace, its Pod Security level, its network policies, the pull secrets in it and who may read the stack's
Secrets there. There are three kinds:

- `engine`: Docker Engine on Windows nodes and nothing else. HostProcess needs the level privileged.
- `agents`: agents and runners that need no privilege. Enforces baseline; what the restricted level would still object
  to goes to the audit log, where it disturbs nobody.
- `agents-docker`: agents with a Docker daemon of their own or with the node's pipe. Pod Security knows no level between
  baseline, which forbids every hostPath, and privileged; so the level is privileged and admission policies narrow it.

Warnings equal what is enforced: a warning that every correct `kubectl apply` prints teaches people to ignore warnings.

Refuses to touch the service account `default`: it is Kubernetes' own, and no pod of ours uses it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_kubernetes.core.v1 import Namespace, Secret
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from components import contract
from components.kubernetes.labels import object_labels
from components.kubernetes.manifest import metadata, name_once_made, plain
from components.kubernetes.network_policy import NetworkArgs, network_policies
from components.kubernetes.preview_access import Previewer, rights_of, secrets_access

Confinement = Literal["engine", "agents", "agents-docker"]

POD_SECURITY_VERSION: Final = "v1.36"
"""The checks of this version, not of `latest`: an upgrade of the cluster must not start to refuse pods. On an older
cluster it means that cluster's own. https://kubernetes.io/docs/concepts/security/pod-security-admission/, 2026-11"""

MARGIN_MINUTES: Final = 10
"""For the deletion itself, beside the jobs that it waits for."""

_LEVELS: Final[Mapping[Confinement, Mapping[str, str]]] = {
    "engine": {"enforce": "privileged", "audit": "privileged", "warn": "privileged"},
    "agents": {"enforce": "baseline", "audit": "restricted", "warn": "baseline"},
    "agents-docker": {"enforce": "privileged", "audit": "privileged", "warn": "privileged"},
}


@dataclass(frozen=True, kw_only=True)
class PullSecret:
    """Credentials of one registry."""

    name: str
    """Name of the Kubernetes Secret."""
    server: str
    """For example `ghcr.io`."""
    username: str
    password: pulumi.Input[str]
    """A secret."""


@dataclass(frozen=True, kw_only=True)
class ConfinedNamespaceArgs:
    """What `ConfinedNamespace` needs."""

    namespace: str
    """Its name in Kubernetes."""
    stack: str
    """Whose it is; two stacks on one cluster have different names."""
    environment: str
    """What the stack is, as a label: `prod`, `dev`."""
    owner: str
    """Team to ask, as an annotation."""
    confinement: Confinement
    pull_secrets: Sequence[PullSecret] = ()
    network: NetworkArgs | None = None
    """`None`: no NetworkPolicies, for clusters where others own them."""
    longest_job_minutes: int = 60
    """How long pods in it may take to end: a deletion waits for them."""
    operators: Sequence[pulumi.Resource] = ()
    """What serves the custom resources in it, where the platform installs that itself: no components, since they would
    stand for their children. What takes the namespace's name from here is made after them and deleted before them."""
    policies: Sequence[pulumi.Resource] = ()
    """Bindings of the admission policies that narrow what may be in it; waited for likewise."""
    previewer: Previewer | None = None
    """Who reads the stack's Secrets here to preview it; nobody, where the program does not know them."""
    secrets: Sequence[str] = ()
    """Names of the Secrets that the stack puts here, beside the pull secrets: what a previewer may read."""


class ConfinedNamespace(pulumi.ComponentResource):
    """Namespace, Pod Security labels, network policies and pull secrets."""

    namespace: pulumi.Output[str]
    """The namespace's name, handed on only when all policies and pull secrets are in place and its operators run:
    whatever takes its namespace from here starts confined, and ends while there is somebody to end it."""
    pull_secret_names: Sequence[str]
    """For `imagePullSecrets`, sorted."""

    def __init__(self, name: str, args: ConfinedNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.confinement not in _LEVELS:
            raise ValueError(
                f"namespace {args.namespace}: confinement {args.confinement!r} is not known; "
                f"allowed are {', '.join(_LEVELS)}"
            )
        self.pull_secret_names = sorted(secret.name for secret in args.pull_secrets)
        if len(set(self.pull_secret_names)) != len(self.pull_secret_names):
            raise ValueError(
                f"namespace {args.namespace}: two pull secrets have the same name "
                f"({', '.join(self.pull_secret_names)}); give each a name of its own"
            )
        previewer = args.previewer
        readable = sorted({*self.pull_secret_names, *args.secrets}) if previewer is not None else []
        super().__init__(
            "buildfleet:index:ConfinedNamespace",
            name,
            {
                "namespace": args.namespace,
                "stack": args.stack,
                "environment": args.environment,
                "owner": args.owner,
                "confinement": args.confinement,
                "pullSecretNames": self.pull_secret_names,
                "networkPolicies": args.network is not None,
                **({"readableSecrets": readable} if readable else {}),
            },
            opts,
        )
        labels = object_labels(stack=args.stack)
        namespace = Namespace(
            f"{name}-namespace",
            metadata=metadata(
                args.namespace,
                labels={
                    **labels,
                    contract.LABEL_CONFINEMENT: args.confinement,
                    contract.LABEL_ENVIRONMENT: args.environment,
                    **pod_security_labels(args.confinement),
                },
                annotations={contract.ANNOTATION_OWNER: args.owner},
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=rights_of(previewer),
                # What makes pods, KEDA or a runner, is gone by then; its pods may still finish their jobs.
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.longest_job_minutes + MARGIN_MINUTES}m"),
            ),
        )
        created = name_once_made(args.namespace, namespace)
        # What reads comes before what is read, and goes after it: an update that ends between the two would leave a
        # Secret that no preview could read, and without a preview a pipeline deploys nothing.
        access: dict[str, list[pulumi.Resource]] = {}
        if previewer is not None:
            for called in readable:
                access[called] = secrets_access(
                    self, name, stack=args.stack, namespace=created, previewer=previewer, secret=called
                )
        in_place: list[pulumi.Output[str]] = [one.urn for both in access.values() for one in both]
        for secret in sorted(args.pull_secrets, key=lambda secret: secret.name):
            in_place.append(
                Secret(
                    f"{name}-pull-{secret.name}",
                    metadata=metadata(secret.name, namespace=created, labels=labels),
                    type="kubernetes.io/dockerconfigjson",
                    data={".dockerconfigjson": _docker_config(secret)},
                    opts=pulumi.ResourceOptions(parent=self, depends_on=access.get(secret.name, [])),
                ).urn
            )
        if args.network is not None:
            for policy, spec in network_policies(args.network).items():
                in_place.append(
                    NetworkPolicy(
                        f"{name}-{policy}",
                        metadata=metadata(policy, namespace=created, labels=labels),
                        spec=plain(spec),
                        opts=pulumi.ResourceOptions(parent=self),
                    ).urn
                )
        # `depends_on` is not inherited by children, so a component that is handed this namespace could not make its
        # own children wait. A name that depends on all of it can. Of operators and policies it is the URN that is
        # waited for, as that is known in previews too, and with it the name.
        in_place += [one.urn for one in (*args.operators, *args.policies)]
        self.namespace = pulumi.Output.all(created, *in_place).apply(lambda names: str(names[0]))
        self.register_outputs({"namespace": self.namespace, "pullSecretNames": self.pull_secret_names})


def pod_security_labels(confinement: Confinement) -> dict[str, str]:
    """The labels that Pod Security Admission reads from a namespace."""
    labels: dict[str, str] = {}
    for mode, level in sorted(_LEVELS[confinement].items()):
        labels[f"{contract.PSA_PREFIX}/{mode}"] = level
        labels[f"{contract.PSA_PREFIX}/{mode}-version"] = POD_SECURITY_VERSION
    return labels


def _docker_config(secret: PullSecret) -> pulumi.Output[str]:
    def encode(password: str) -> str:
        auth = base64.b64encode(f"{secret.username}:{password}".encode()).decode()
        entry = {"username": secret.username, "password": password, "auth": auth}
        return base64.b64encode(json.dumps({"auths": {secret.server: entry}}, sort_keys=True).encode()).decode()

    return pulumi.Output.secret(secret.password).apply(encode)
