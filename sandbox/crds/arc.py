"""The kinds of the Actions Runner Controller: what their specifications may hold.

Field names and types as of ARC 0.14 (gha-runner-scale-set-0.14.2, 2026-06), read in
https://github.com/actions/actions-runner-controller/tree/gha-runner-scale-set-0.14.2/apis/actions.github.com/v1alpha1.
As there, the API server requires no field of a specification; the controller does.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

GROUP = "actions.github.com"
VERSION = "v1alpha1"

_STRING: Schema = {"type": "string"}
_INTEGER: Schema = {"type": "integer"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_BOOLEAN: Schema = {"type": "boolean"}


def _list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _map_of(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _object(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


_STRINGS = _list_of(_STRING)
_RESOURCE_META = _object(annotations=_map_of(_STRING), labels=_map_of(_STRING))
_PROXY_SERVER = _object(url=_STRING, credentialSecretRef=_STRING)
_PROXY = _object(http=_PROXY_SERVER, https=_PROXY_SERVER, noProxy=_STRINGS)
_CONFIG_MAP_KEY = _object(("key",), name=_STRING, key=_STRING, optional=_BOOLEAN)
_TLS = _object(certificateFrom=_object(configMapKeyRef=_CONFIG_MAP_KEY))
_VAULT = _object(
    type=_STRING,
    azureKeyVault=_object(
        ("url", "tenantId", "clientId", "certificatePath"),
        url=_STRING,
        tenantId=_STRING,
        clientId=_STRING,
        certificatePath=_STRING,
    ),
    proxy=_PROXY,
)
_LABELLED = _object(("labels",), labels=_STRINGS)
_METRICS = _object(
    counters=_map_of(_LABELLED),
    gauges=_map_of(_LABELLED),
    histograms=_map_of(_object(("labels",), labels=_STRINGS, buckets=_list_of({"type": "number"}))),
)

# What every kind knows about GitHub and the way there.
_GITHUB = {
    "githubConfigUrl": _STRING,
    "githubConfigSecret": _STRING,
    "githubServerTLS": _TLS,
    "proxy": _PROXY,
    "vaultConfig": _VAULT,
}


def definitions(pod_template: Schema) -> list[Schema]:
    """The CustomResourceDefinitions, sorted by name. `pod_template` is the structural schema of a PodTemplateSpec."""
    runner = _object(
        **_GITHUB,
        **pod_template["properties"],  # a runner is a pod template: `metadata` and `spec` stand beside the rest
        ephemeralRunnerConfigSecretMetadata=_RESOURCE_META,
        proxySecretRef=_STRING,
        runnerScaleSetId=_INTEGER,
    )
    return [
        _definition(
            "AutoscalingListener",
            "autoscalinglisteners",
            spec=_object(
                **_GITHUB,
                autoscalingRunnerSetName=_STRING,
                autoscalingRunnerSetNamespace=_STRING,
                ephemeralRunnerSetName=_STRING,
                image=_STRING,
                imagePullSecrets=_list_of(_object(name=_STRING)),
                maxRunners=_COUNT,
                metrics=_METRICS,
                minRunners=_COUNT,
                runnerScaleSetId=_INTEGER,
                configSecretMetadata=_RESOURCE_META,
                roleBindingMetadata=_RESOURCE_META,
                roleMetadata=_RESOURCE_META,
                serviceAccountMetadata=_RESOURCE_META,
                template=pod_template,
            ),
            status=_object(),
            columns={"Runner Set": ".spec.autoscalingRunnerSetName"},
        ),
        _definition(
            "AutoscalingRunnerSet",
            "autoscalingrunnersets",
            spec=_object(
                **_GITHUB,
                autoscalingListener=_RESOURCE_META,
                ephemeralRunnerConfigSecretMetadata=_RESOURCE_META,
                ephemeralRunnerMetadata=_RESOURCE_META,
                ephemeralRunnerSetMetadata=_RESOURCE_META,
                listenerConfigSecretMetadata=_RESOURCE_META,
                listenerMetrics=_METRICS,
                listenerRoleBindingMetadata=_RESOURCE_META,
                listenerRoleMetadata=_RESOURCE_META,
                listenerServiceAccountMetadata=_RESOURCE_META,
                listenerTemplate=pod_template,
                maxRunners=_COUNT,
                minRunners=_COUNT,
                runnerGroup=_STRING,
                runnerScaleSetLabels=_STRINGS,
                runnerScaleSetName=_STRING,
                template=pod_template,
            ),
            status=_object(
                currentRunners=_INTEGER,
                failedEphemeralRunners=_INTEGER,
                pendingEphemeralRunners=_INTEGER,
                phase=_STRING,
                runningEphemeralRunners=_INTEGER,
            ),
            columns={"Min": ".spec.minRunners", "Max": ".spec.maxRunners", "Phase": ".status.phase"},
        ),
        _definition(
            "EphemeralRunner",
            "ephemeralrunners",
            spec=runner,
            status=_object(
                failures=_map_of({"type": "string", "format": "date-time"}),
                jobDisplayName=_STRING,
                jobId=_STRING,
                jobRepositoryName=_STRING,
                jobRequestId={"type": "integer", "format": "int64"},
                jobWorkflowRef=_STRING,
                message=_STRING,
                phase=_STRING,
                ready=_BOOLEAN,
                reason=_STRING,
                runnerId=_INTEGER,
                runnerName=_STRING,
                workflowRunId={"type": "integer", "format": "int64"},
            ),
            columns={"Phase": ".status.phase", "Job": ".status.jobDisplayName"},
        ),
        _definition(
            "EphemeralRunnerSet",
            "ephemeralrunnersets",
            spec=_object(
                ephemeralRunnerMetadata=_RESOURCE_META,
                ephemeralRunnerSpec=runner,
                patchID=_INTEGER,
                replicas=_INTEGER,
            ),
            status=_object(
                currentReplicas=_INTEGER,
                failedEphemeralRunners=_INTEGER,
                pendingEphemeralRunners=_INTEGER,
                phase=_STRING,
                runningEphemeralRunners=_INTEGER,
            ),
            columns={"Desired": ".spec.replicas", "Current": ".status.currentReplicas"},
        ),
    ]


def _definition(kind: str, plural: str, *, spec: Schema, status: Schema, columns: dict[str, str]) -> Schema:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [
                        {"name": name, "jsonPath": path, "type": _column_type(path, spec)}
                        for name, path in columns.items()
                    ],
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "apiVersion": _STRING,
                                "kind": _STRING,
                                "metadata": {"type": "object"},
                                "spec": spec,
                                "status": status,
                            },
                        }
                    },
                }
            ],
        },
    }


def _column_type(path: str, spec: Schema) -> str:
    """`integer` for numbers of the specification, `string` for everything else."""
    field = path.removeprefix(".spec.")
    return str(spec["properties"].get(field, _STRING)["type"])
