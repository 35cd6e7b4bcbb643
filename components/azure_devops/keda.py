"""Agents by KEDA: one Job, with one pod and one agent, for each queued job of Azure Pipelines.

Owns the specs of the ScaledJob and the TriggerAuthentication. KEDA ignores trigger fields that it does not know, so a
field too many would be trusted and do nothing: which version knows which field stands in `rules.tables.keda`, and a
version that is not known is treated as the oldest that is supported.

Refuses versions older than that: the ScaledJob's schema embeds a pod template and has `appArmorProfile`, which the
BuildKit sidecar needs, from 2.16 on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.azure_devops.auth import Auth, Pat
from components.azure_devops.image_contract import IDLE_MINUTES, STARTUP_MINUTES
from components.azure_devops.scaling import Keda
from rules.tables.keda import LEAST_VERSION, TRIGGER_FIELD_SINCE

API_VERSION: Final = "keda.sh/v1alpha1"

_DEREGISTRATION_MINUTES: Final = 10


def trigger_authentication_spec(auth: Auth) -> dict[str, Any]:
    """How KEDA's operator authenticates to read the queue."""
    if isinstance(auth, Pat):
        return {"secretTargetRef": [{"parameter": "personalAccessToken", "name": auth.secret_name, "key": auth.key}]}
    identity: dict[str, Any] = {"provider": "azure-workload", "identityId": auth.client_id}
    if auth.tenant_id is not None:
        identity["identityTenantId"] = auth.tenant_id
    return {"podIdentity": identity}


def trigger_metadata(*, pool: str, demands: Sequence[str], keda_version: str | None) -> dict[str, str]:
    """What the trigger counts: the unfinished jobs of `pool` that ask for all `demands`.

    With KEDA 2.16 a job with further demands is not counted, because the field that ignores them does not exist.
    """
    version = _version(keda_version)
    fields = {
        "poolName": pool,
        # KEDA takes it from the environment of the job's first container.
        "organizationURLFromEnv": "AZP_URL",
        "targetPipelinesQueueLength": "1",
    }
    if version >= TRIGGER_FIELD_SINCE["fetchUnfinishedJobsOnly"]:
        # Else KEDA fetches the latest 250 jobs, finished ones included, and after some thousands times out.
        fields["fetchUnfinishedJobsOnly"] = "true"
    if demands:
        fields["demands"] = ",".join(sorted(demands))
        ignore_others = version >= TRIGGER_FIELD_SINCE["requireAllDemandsAndIgnoreOthers"]
        fields["requireAllDemandsAndIgnoreOthers" if ignore_others else "requireAllDemands"] = "true"
    return fields


def scaled_job_spec(
    *,
    scaling: Keda,
    template: Mapping[str, Any],
    trigger: Mapping[str, str],
    authentication: str,
    job_timeout_minutes: int,
) -> dict[str, Any]:
    """The ScaledJob's spec. `template` is the pod template; its `restartPolicy` must be `Never`."""
    return {
        "jobTargetRef": {
            "parallelism": 1,
            "completions": 1,
            # A second pod would not get the job back: Azure Pipelines has given it up with its agent.
            "backoffLimit": 0,
            # Counts from the creation of the Job, not from the start of the pipeline's.
            "activeDeadlineSeconds": 60
            * (STARTUP_MINUTES + IDLE_MINUTES + job_timeout_minutes + _DEREGISTRATION_MINUTES),
            "ttlSecondsAfterFinished": 3600,
            "template": dict(template),
        },
        "pollingInterval": scaling.polling_seconds,
        "minReplicaCount": scaling.min,
        "maxReplicaCount": scaling.max,
        "successfulJobsHistoryLimit": 5,
        "failedJobsHistoryLimit": 20,
        # `default` would delete running Jobs, with the pipelines' jobs in them, whenever this object changes.
        "rollout": {"strategy": "gradual", "propagationPolicy": "foreground"},
        # The trigger counts every job without a result, so running ones too. `default` subtracts the Jobs that run;
        # `accurate` subtracts only pending ones and would start an idle agent for every busy one at each poll.
        "scalingStrategy": {"strategy": "default"},
        "triggers": [
            {
                "type": "azure-pipelines",
                "metadata": dict(trigger),
                "authenticationRef": {"name": authentication},
            }
        ],
    }


def _version(text: str | None) -> tuple[int, int]:
    if text is None:
        return LEAST_VERSION
    match = re.match(r"^v?(\d+)\.(\d+)", text)
    if match is None:
        raise ValueError(f"KEDA's version: {text!r}; give it as three numbers, for example 2.19.0")
    version = int(match[1]), int(match[2])
    if version < LEAST_VERSION:
        least = ".".join(str(part) for part in LEAST_VERSION)
        raise ValueError(f"KEDA's version: {text!r}; {least} and newer are supported, so upgrade KEDA on the cluster")
    return version
