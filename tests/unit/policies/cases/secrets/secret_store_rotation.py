"""Cases of `secret-store-rotation`."""

from __future__ import annotations

from rules.policies.secrets.secret_store_rotation import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, template, without
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our cluster", resources=[cluster()])
CONFIG = "addonProfiles.azureKeyvaultSecretsProvider.config"

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        Case(title="no add-on", resources=[without("addonProfiles")]),
        Case(
            title="the add-on, off",
            resources=[cluster(addonProfiles={"azureKeyvaultSecretsProvider": {"enabled": False}})],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(
            title="the add-on alone",
            resources=[cluster(addonProfiles={"azureKeyvaultSecretsProvider": {"enabled": True}})],
            at=[f"{CONFIG}.enableSecretRotation"],
        ),
        Case(
            title="Azure's other spelling, in a template",
            resources=[
                template(
                    {
                        "type": "Microsoft.ContainerService/managedClusters",
                        "name": "fleet",
                        "properties": {
                            "addonProfiles": {
                                "azureKeyVaultSecretsProvider": {
                                    "enabled": True,
                                    "config": {"enableSecretRotation": "False"},
                                }
                            }
                        },
                    }
                )
            ],
            at=[
                "properties.template.resources[0].properties.addonProfiles.azureKeyVaultSecretsProvider.config"
                ".enableSecretRotation"
            ],
        ),
    ),
    unknown=(
        Case(
            title="the rotation",
            resources=[
                cluster(
                    addonProfiles={
                        "azureKeyvaultSecretsProvider": {"enabled": True, "config": {"enableSecretRotation": UNKNOWN}}
                    }
                )
            ],
            at=[f"{CONFIG}.enableSecretRotation"],
        ),
        Case(title="the add-ons", resources=[cluster(addonProfiles=UNKNOWN)], at=["addonProfiles"]),
    ),
    mutations=(
        Mutation(of=OURS, path=f"{CONFIG}.enableSecretRotation", value="false"),
        Mutation(of=OURS, path=CONFIG, value=None),
    ),
)
