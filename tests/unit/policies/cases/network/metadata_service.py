"""Cases of `netpol-blocks-metadata`."""

from __future__ import annotations

from typing import Any

from components.kubernetes.network_policy import NetworkArgs, network_policies
from rules.policies.network.metadata_service import RULE
from tests.unit.policies.case import Case, Cases, Mutation
from tests.unit.policies.cases.network.default_deny import POLICY, policy
from tests.unit.policies.scenes import UNKNOWN, Resource, kubernetes

BOTH = ["168.63.129.16/32", "169.254.169.254/32"]
CIDR = "spec.egress[0].to[0].ipBlock.cidr"


def block(cidr: object, *excepted: object) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": list(excepted)} if excepted else {})}}


def to(*peers: object, types: tuple[str, ...] = ("Egress",), where: object = "azdo-agents") -> Resource:
    return policy({"podSelector": {}, "policyTypes": list(types), "egress": [{"to": list(peers)}]}, where)


OURS = Case(title="ours", resources=[policy(network_policies(NetworkArgs())["allow-egress"])])
INTRANET = Case(title="the intranet", resources=[to(block("10.0.0.0/8"), {"namespaceSelector": {}})])

CASES = Cases(
    rule=RULE,
    passes=(
        OURS,
        INTRANET,
        Case(title="nothing", resources=[policy({"podSelector": {}, "policyTypes": ["Egress", "Ingress"]})]),
        Case(title="wider exceptions", resources=[to(block("0.0.0.0/0", "169.254.0.0/16", "168.63.129.0/24"))]),
        Case(title="in a cluster that is still to be made", resources=[to(block("10.0.0.0/8"), where=UNKNOWN)]),
        Case(title="IPv6", resources=[to(block("::/0"))]),
        Case(title="somebody else's namespace", resources=[to(block("0.0.0.0/0"), where="web")]),
        Case(title="rules of a direction it is not for", resources=[to(block("0.0.0.0/0"), types=("Ingress",))]),
        Case(title="ingress", resources=[policy({"podSelector": {}, "ingress": [{"from": [block("0.0.0.0/0")]}]})]),
    ),
    fails=(
        Case(title="everywhere", resources=[to(block("0.0.0.0/0"))], at=[CIDR]),
        Case(title="but for one of them", resources=[to(block("0.0.0.0/0", "169.254.169.254/32"))], at=[CIDR]),
        Case(title="half of the world", resources=[to(block("128.0.0.0/1", BOTH[1]))], at=[CIDR]),
        Case(title="link-local", resources=[to(block("169.254.0.0/16"))], at=[CIDR]),
        Case(title="exactly it", resources=[to(block(BOTH[0]))], at=[CIDR]),
        Case(title="with bits behind the prefix", resources=[to(block("169.254.169.1/24"))], at=[CIDR]),
        Case(
            title="the second peer",
            resources=[to(block("10.0.0.0/8"), block("0.0.0.0/0"))],
            at=["spec.egress[0].to[1].ipBlock.cidr"],
        ),
        Case(
            title="a rule without peers",
            resources=[policy({"podSelector": {}, "egress": [{"ports": [{"port": 443}]}]})],
            at=["spec.egress[0]"],
        ),
        Case(title="an empty list of peers", resources=[to()], at=["spec.egress[0]"]),
        Case(
            title="a patch",
            resources=[policy({"egress": [{}]}, token=f"{POLICY}Patch")],
            at=["spec.egress[0]"],
        ),
        Case(
            title="one of a list",
            resources=[kubernetes(f"{POLICY}List", {"items": [to(block("0.0.0.0/0"), where="docker-engine").inputs]})],
            at=[f"items[0].{CIDR}"],
        ),
    ),
    unknown=(
        Case(title="the block", resources=[to(block(UNKNOWN))], at=[CIDR]),
        Case(
            title="an exception",
            resources=[to(block("0.0.0.0/0", UNKNOWN, *BOTH[:1]))],
            at=["spec.egress[0].to[0].ipBlock.except[0]"],
        ),
        Case(title="the namespace", resources=[to(block("0.0.0.0/0"), where=UNKNOWN)], at=["metadata.namespace"]),
        Case(title="a rule", resources=[policy({"podSelector": {}, "egress": [UNKNOWN]})], at=["spec.egress[0]"]),
    ),
    mutations=(
        Mutation(of=OURS, path="spec.egress[0].to[0].ipBlock.except", value=BOTH[:1]),
        Mutation(of=OURS, path="spec.egress[0].to[0].ipBlock.except", value=None),
        Mutation(of=OURS, path="spec.egress[0].to", value=None),
        Mutation(of=INTRANET, path=CIDR, value="160.0.0.0/4"),
        Mutation(of=INTRANET, path="spec.egress[1]", value={}),
    ),
)
