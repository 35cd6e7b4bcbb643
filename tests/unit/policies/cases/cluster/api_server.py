"""Cases of `cluster-api-restricted`."""

from __future__ import annotations

from dataclasses import replace

from rules.policies.cluster.api_server import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.cluster.azure import local_cluster, urn, with_profile, without
from tests.unit.policies.scenes import UNKNOWN, cluster

OURS = Case(title="our cluster", resources=[cluster()])
RANGES = "apiServerAccessProfile.authorizedIPRanges"
RUN_COMMAND = "apiServerAccessProfile.disableRunCommand"
PRIVATE = Case(
    title="a private cluster",
    resources=[with_profile("apiServerAccessProfile", authorizedIPRanges=None, enablePrivateCluster=True)],
)
WITH_OWN = with_profile("apiServerAccessProfile", authorizedIPRanges=["203.0.113.0/24", UNKNOWN])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        PRIVATE,
        Case(
            title="a private cluster whose name is not known yet",
            resources=[
                with_profile(
                    "apiServerAccessProfile",
                    authorizedIPRanges=UNKNOWN,
                    enablePrivateCluster=True,
                    privateDNSZone=UNKNOWN,
                )
            ],
        ),
        Case(
            title="the addresses of the program's own gateway, which are not known yet",
            resources=[
                replace(
                    WITH_OWN,
                    dependencies={"apiServerAccessProfile": [urn("azure-native:network:PublicIPAddress", "egress")]},
                )
            ],
        ),
        Case(title="Azure Local", resources=[local_cluster()]),
    ),
    fails=(
        Case(title="nothing said", resources=[without("apiServerAccessProfile")], at=[RANGES, RUN_COMMAND]),
        Case(
            title="everybody, as a network, in halves and as a tag",
            resources=[
                with_profile(
                    "apiServerAccessProfile",
                    authorizedIPRanges=[
                        "203.0.113.0/24",
                        "0.0.0.0/0",
                        "0.0.0.0/1",
                        "128.0.0.0/1",
                        "2000::/16",
                        "AzureCloud",
                    ],
                )
            ],
            at=[f"{RANGES}[{index}]" for index in range(1, 6)],
        ),
        Case(
            title="an empty list",
            resources=[with_profile("apiServerAccessProfile", authorizedIPRanges=[])],
            at=[RANGES],
        ),
        Case(
            title="run command, on a private cluster",
            resources=[
                with_profile("apiServerAccessProfile", enablePrivateCluster=True, disableRunCommand=False),
            ],
            at=[RUN_COMMAND],
        ),
        Case(
            title="a network that is too large for this fleet",
            resources=[with_profile("apiServerAccessProfile", authorizedIPRanges=["203.0.0.0/16"])],
            options={"shortestPrefix": 24},
            at=[f"{RANGES}[0]"],
        ),
    ),
    unknown=(
        Case(
            title="all networks",
            resources=[with_profile("apiServerAccessProfile", authorizedIPRanges=UNKNOWN)],
            at=[RANGES],
        ),
        Case(title="one network, of which nothing tells what it is", resources=[WITH_OWN], at=[f"{RANGES}[1]"]),
        Case(
            title="one network that is made of more than addresses",
            resources=[
                replace(
                    WITH_OWN,
                    dependencies={
                        "apiServerAccessProfile": [
                            urn("azure-native:network:PublicIPAddress", "egress"),
                            urn("random:index/randomId:RandomId", "network"),
                        ]
                    },
                )
            ],
            at=[f"{RANGES}[1]"],
        ),
        Case(
            title="whether it is private",
            resources=[with_profile("apiServerAccessProfile", enablePrivateCluster=UNKNOWN)],
            at=["apiServerAccessProfile.enablePrivateCluster"],
        ),
    ),
    mutations=(
        Mutation(of=OURS, path=RANGES, value=None),
        Mutation(of=OURS, path=f"{RANGES}[0]", value="0.0.0.0/0"),
        Mutation(of=OURS, path=RUN_COMMAND, value=False),
        Mutation(of=PRIVATE, path="apiServerAccessProfile.enablePrivateCluster", value=False),
    ),
)
