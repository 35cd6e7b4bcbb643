"""AKS: access, upgrades, Windows and money of the cluster itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules import aks
from rules.address_space import NetworkFacts
from rules.aks import AksFacts, GmsaFacts
from rules.federation import FederationFacts
from rules.given import ABSENT
from rules.platform import PlatformFacts
from rules.pool_facts import PoolFacts
from rules.problem import Problem
from tests.unit.rules.cases import Check, passes, refused, text

PLATFORM = PlatformFacts(kind="aks", kubernetes_version="1.36", production=False)
PRODUCTION = replace(PLATFORM, production=True)
FACTS = AksFacts(
    tier=ABSENT,
    zones=(),
    api_server="public",
    authorized_ranges=("203.0.113.0/24",),
    location="westeurope",
    channel="patch",
    node_images="NodeImage",
    windows_admin="buildfleet",
)
PRIVATE = replace(FACTS, api_server="private", authorized_ranges=None, dns_zone="system")
ZONES = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/"
WINDOWS = PoolFacts(path="nodePools[2]", os="windows")
LINUX = PoolFacts(path="nodePools[0]", os="linux")
GMSA = GmsaFacts(path="platform.windows.gmsa", dns_server="10.0.0.4", root_domain="contoso.local")
GITHUB = "https://token.actions.githubusercontent.com"


RANGES = tuple(f"203.0.{number // 256}.{number % 256}/32" for number in range(300))
OWN_WAY_OUT = NetworkFacts(subnet="/subnet", outbound="user-defined-routing", egress_addresses=1)
NOTHING_KNOWN = NetworkFacts()
GATEWAY = NetworkFacts(subnet=ABSENT, outbound=ABSENT, egress_addresses=2)


def said(
    platform: PlatformFacts = PLATFORM,
    facts: AksFacts = FACTS,
    *pools: PoolFacts,
    network: NetworkFacts = NOTHING_KNOWN,
) -> Iterator[Problem]:
    return aks.check(platform, facts, pools, network)


def trust(role: str, *subjects: str) -> tuple[FederationFacts, ...]:
    return tuple(
        FederationFacts(path=f"platform.deployment.{role}[{index}]", issuer=GITHUB, subject=subject)
        for index, subject in enumerate(subjects)
    )


@passes(
    ("to try", lambda: said(PLATFORM, replace(FACTS, authorized_ranges=()))),
    ("production", lambda: said(PRODUCTION, FACTS, LINUX, WINDOWS)),
    ("private production", lambda: said(PRODUCTION, PRIVATE)),
    ("paid tier", lambda: said(PRODUCTION, replace(FACTS, tier="Standard"))),
    ("free tier to try", lambda: said(PLATFORM, replace(FACTS, tier="Free"))),
    (
        "a zone of one's own",
        lambda: said(PLATFORM, replace(PRIVATE, dns_zone=f"{ZONES}privatelink.westeurope.azmk8s.io")),
    ),
    ("a part of a zone", lambda: said(PLATFORM, replace(PRIVATE, dns_zone=f"{ZONES}ci.private.westeurope.azmk8s.io"))),
    ("no zone", lambda: said(PLATFORM, replace(PRIVATE, dns_zone="none"))),
    (
        "patch without a channel",
        lambda: said(replace(PLATFORM, kubernetes_version="1.36.2"), replace(FACTS, channel="none")),
    ),
    ("security patches of linux", lambda: said(PLATFORM, replace(FACTS, node_images="SecurityPatch"), LINUX)),
    ("no node images on windows", lambda: said(PLATFORM, replace(FACTS, node_images="None"), WINDOWS)),
    ("images by channel", lambda: said(PLATFORM, replace(FACTS, channel="node-image"), WINDOWS)),
    ("domain", lambda: said(PLATFORM, replace(FACTS, gmsa=GMSA))),
    (
        "domain that dns knows",
        lambda: said(PLATFORM, replace(FACTS, gmsa=replace(GMSA, dns_server=ABSENT, root_domain=ABSENT))),
    ),
    ("domain half unknown", lambda: said(PLATFORM, replace(FACTS, gmsa=replace(GMSA, dns_server=None)))),
    (
        "mail addresses",
        lambda: said(PLATFORM, replace(FACTS, budget_contacts=("team@contoso.com", "a.b+c@d.example.org"))),
    ),
    (
        "trusted tokens",
        lambda: said(
            PLATFORM,
            replace(
                FACTS,
                deploy=trust("deploy", "repo:c/ci:environment:prod", "repo:c/ci:ref:refs/heads/main"),
                preview=trust("preview", "repo:c/ci:pull_request"),
            ),
        ),
    ),
    ("the newest version", lambda: said(replace(PLATFORM, kubernetes_version="1.37"))),
    ("one that the table does not know yet", lambda: said(replace(PLATFORM, kubernetes_version="1.38"))),
    (
        "long-term support",
        lambda: said(replace(PLATFORM, kubernetes_version="1.33"), replace(FACTS, tier="Premium")),
    ),
    ("long-term support of an unknown tier", lambda: said(replace(PLATFORM, kubernetes_version="1.33"), AksFacts())),
    ("two hundred ranges", lambda: said(PLATFORM, replace(FACTS, authorized_ranges=RANGES[:200]))),
    (
        "two hundred ranges on a subnet of one's own",
        lambda: said(PLATFORM, replace(FACTS, authorized_ranges=RANGES[:200]), network=OWN_WAY_OUT),
    ),
    ("nothing known", lambda: said(PlatformFacts(kind="aks"), AksFacts())),
    (
        "another platform",
        lambda: said(PlatformFacts(kind="existing-cluster", production=True), replace(FACTS, authorized_ranges=())),
    ),
)
def test_clusters_that_can_be_made_pass(check: Check) -> None:
    assert text(check()) == ""


@refused(
    (
        "version that is gone",
        lambda: said(replace(PLATFORM, kubernetes_version="1.30.4"), replace(FACTS, channel="none")),
        """
kubernetes-gone: platform.kubernetesVersion
  given: "1.30.4"
  allowed: 1.34 to 1.37 (AKS, as of 2026-11-22), and with tier: Premium, which is long-term support, 1.31 to
    1.33: AKS makes no clusters of older versions
  fix: write a version that `az aks get-versions` lists, for example "1.36"
""",
    ),
    (
        "version that is not there yet",
        lambda: said(replace(PLATFORM, kubernetes_version="1.39")),
        """
kubernetes-unknown: platform.kubernetesVersion
  given: "1.39"
  allowed: up to 1.37, the newest that was known on 2026-11-22, and the one after it
  fix: write "1.37" or older; if `az aks get-versions` lists 1.39, add it to rules/tables/kubernetes.py
""",
    ),
    (
        "version of long-term support alone",
        lambda: said(replace(PLATFORM, kubernetes_version="1.33")),
        """
kubernetes-long-term: platform.kubernetesVersion
  given: "1.33"
  allowed: 1.34 to 1.37 (AKS, as of 2026-11-22): 1.33 has long-term support alone, which is for tier: Premium
  fix: write a newer version, for example "1.36", or tier: Premium
""",
    ),
    (
        "more ranges than AKS takes",
        lambda: said(PLATFORM, replace(FACTS, authorized_ranges=RANGES[:201])),
        """
authorized-ranges-number: platform.apiServer.authorizedRanges
  given: 201 networks
  allowed: at most 200 (AKS)
  fix: merge neighbours into larger networks, or write apiServer: {kind: private}
""",
    ),
    (
        "no room for the gateway's addresses",
        lambda: said(PLATFORM, replace(FACTS, authorized_ranges=RANGES[:199]), network=GATEWAY),
        """
authorized-ranges-number: platform.apiServer.authorizedRanges
  given: 199 networks
  allowed: at most 198 (AKS takes 200, and the 2 addresses of the NAT gateway are added)
  fix: merge neighbours into larger networks, or write apiServer: {kind: private}
""",
    ),
    (
        "open to all in production with routes of one's own",
        lambda: said(PRODUCTION, replace(FACTS, authorized_ranges=()), network=OWN_WAY_OUT),
        """
authorized-ranges-missing: platform.apiServer.authorizedRanges
  given: nothing
  allowed: one network or more in production, from which the API server is reached, the nodes' own egress
    addresses among them: on network.subnet with outbound user-defined-routing they are not known here
  fix: add the egress addresses of the nodes and of those who deploy and operate, or write apiServer: {kind:
    private}
""",
    ),
    (
        "name for a name server",
        lambda: said(PLATFORM, replace(FACTS, gmsa=replace(GMSA, dns_server="dc1.contoso.local"))),
        """
gmsa-dns-server: platform.windows.gmsa.dnsServer
  given: "dc1.contoso.local"
  allowed: an IPv4 address
  fix: write the address of the domain's DNS server, for example 10.0.0.4
""",
    ),
    (
        "open to all in production",
        lambda: said(PRODUCTION, replace(FACTS, authorized_ranges=())),
        """
authorized-ranges-missing: platform.apiServer.authorizedRanges
  given: nothing
  allowed: one network or more in production, from which the API server is reached; the nodes' own is added
  fix: add the egress addresses of those who deploy and operate, or write apiServer: {kind: private}
""",
    ),
    (
        "ranges that are all or none",
        lambda: said(PLATFORM, replace(FACTS, authorized_ranges=("0.0.0.0/0", "203.0.113.1/24", "::/0"))),
        """
authorized-range-open: platform.apiServer.authorizedRanges[0]
  given: "0.0.0.0/0"
  allowed: networks of your own: this one is the whole internet
  fix: name the egress addresses of those who deploy and operate
cidr: platform.apiServer.authorizedRanges[1]
  given: "203.0.113.1/24"
  allowed: a network such as 10.0.0.0/16, or one address such as 10.0.0.4/32
  fix: did you mean 203.0.113.0/24, or one address with /32 or /128?
authorized-range-open: platform.apiServer.authorizedRanges[2]
  given: "::/0"
  allowed: networks of your own: this one is the whole internet
  fix: name the egress addresses of those who deploy and operate
""",
    ),
    (
        "zone of another region",
        lambda: said(PLATFORM, replace(PRIVATE, dns_zone=f"{ZONES}privatelink.northeurope.azmk8s.io")),
        """
dns-zone-name: platform.apiServer.dnsZone
  given: "privatelink.northeurope.azmk8s.io"
  allowed: privatelink.westeurope.azmk8s.io, or a part of one's own and a dot before it
  fix: name such a zone, or write dnsZone: system
""",
    ),
    (
        "patch with a channel",
        lambda: said(replace(PLATFORM, kubernetes_version="1.36.2")),
        """
kubernetes-patch: platform.kubernetesVersion
  given: "1.36.2"
  allowed: a version without a patch, as upgrades.channel is "patch": the channel chooses patches, and the
    next deployment would try to go back to this one
  fix: write "1.36", or upgrades: {channel: none}
""",
    ),
    (
        "security patches of windows",
        lambda: said(PLATFORM, replace(FACTS, node_images="SecurityPatch"), LINUX, WINDOWS),
        """
node-images-windows: platform.upgrades.nodeImages
  given: "SecurityPatch"
  allowed: NodeImage or None, as nodePools[2] is for Windows
  fix: remove nodeImages for NodeImage
""",
    ),
    (
        "unmanaged windows",
        lambda: said(PLATFORM, replace(FACTS, node_images="Unmanaged"), WINDOWS),
        """
node-images-windows: platform.upgrades.nodeImages
  given: "Unmanaged"
  allowed: NodeImage or None, as nodePools[2] is for Windows
  fix: remove nodeImages for NodeImage
""",
    ),
    (
        "images against the channel",
        lambda: said(PLATFORM, replace(FACTS, channel="node-image", node_images="None")),
        """
node-images-channel: platform.upgrades.nodeImages
  given: "None"
  allowed: NodeImage with upgrades.channel: node-image
  fix: remove nodeImages, or choose another channel
""",
    ),
    (
        "half a domain",
        lambda: said(PLATFORM, replace(FACTS, gmsa=replace(GMSA, root_domain=ABSENT))),
        """
gmsa-pair: platform.windows.gmsa.rootDomain
  given: nothing, with dnsServer
  allowed: dnsServer and rootDomain, or neither where the network's DNS knows the domain
  fix: add rootDomain, or remove dnsServer
""",
    ),
    (
        "name of an administrator",
        lambda: said(PLATFORM, replace(FACTS, windows_admin="Administrator")),
        """
windows-admin-name: platform.windows.adminUsername
  given: "Administrator"
  allowed: names other than the 32 that Azure refuses, such as admin and root
  fix: leave adminUsername out for buildfleet, or choose another; it cannot be changed later
""",
    ),
    (
        "free production",
        lambda: said(PRODUCTION, replace(FACTS, tier="Free")),
        """
tier-production: platform.tier
  given: "Free"
  allowed: Standard or Premium in production: Free has no service level and a small API server
  fix: remove tier for Standard
""",
    ),
    (
        "no mail address",
        lambda: said(PLATFORM, replace(FACTS, budget_contacts=("team@contoso.com", "the team", "a@b"))),
        """
budget-contact: platform.budget.contacts[1]
  given: "the team"
  allowed: one mail address
  fix: write it like platform-team@contoso.com
budget-contact: platform.budget.contacts[2]
  given: "a@b"
  allowed: one mail address
  fix: write it like platform-team@contoso.com
""",
    ),
    (
        "a zone twice",
        lambda: said(PLATFORM, replace(FACTS, zones=("1", "2", "1"))),
        """
zone-duplicate: platform.zones
  given: 1, 2, 1
  allowed: each availability zone once
  fix: write ["1", "2"]
""",
    ),
    (
        "pull request that deploys",
        lambda: said(PLATFORM, replace(FACTS, deploy=trust("deploy", "repo:c/ci:pull_request"))),
        """
federation-pull-request: platform.deployment.deploy[0].subject
  given: "repo:c/ci:pull_request"
  allowed: subjects of branches, tags or environments for deployments: a pull request is code that nobody has
    agreed to
  fix: move it to platform.deployment.preview
""",
    ),
    (
        "any branch",
        lambda: said(PLATFORM, replace(FACTS, preview=trust("preview", "repo:c/ci:ref:refs/heads/*"))),
        """
federation-subject: platform.deployment.preview[0].subject
  given: "repo:c/ci:ref:refs/heads/*"
  allowed: a subject without *: Entra compares letter by letter
  fix: write one entry for each subject, for example repo:contoso/ci:environment:prod
""",
    ),
    (
        "preview that deploys",
        lambda: said(PLATFORM, replace(FACTS, deploy=trust("deploy", "a"), preview=trust("preview", "b", "a"))),
        """
federation-both: platform.deployment.preview[1].subject
  given: "a"
  allowed: a subject that may not deploy; platform.deployment.deploy[0] is the same, so that the code of a
    preview could deploy
  fix: give the preview a subject of its own, for example repo:contoso/ci:pull_request
""",
    ),
    (
        "the same twice",
        lambda: said(PLATFORM, replace(FACTS, deploy=trust("deploy", "a", "b", "a"))),
        """
federation-duplicate: platform.deployment.deploy[2]
  given: "a"
  allowed: each issuer and subject once; platform.deployment.deploy[0] is the same
  fix: remove one of the two
""",
    ),
    (
        "twenty-one tokens",
        lambda: said(PLATFORM, replace(FACTS, deploy=trust("deploy", *(str(number) for number in range(21))))),
        """
federation-number: platform.deployment.deploy[20]
  given: 21 tokens for one identity
  allowed: at most 20
  fix: use one environment or branch for several pipelines
""",
    ),
)
def test_clusters_that_cannot_be_made_or_should_not_are_refused(check: Check, said: str) -> None:
    assert text(check()) == said
