"""Component resources for AKS on Azure Local (formerly Azure Stack HCI).

A cluster there is three things: a connected cluster of Azure Arc, which is its place in Azure; one extension resource
below it, the provisioned cluster instance, which is the machines; and node pools below that.

pulumi-azure-native 3.29 has a class for the first alone. The other two are its generic `resources.Resource`, with the
API version named. The way besides is an ARM template in a deployment stack: one opaque resource, whose preview says
that a template changed. Each of these shows its own change, is seen by policies, and is replaced and deleted by itself.
What a generic resource costs is the SDK's knowledge of properties; so they are written in two places (`pool_profile`,
`cluster`) and held against Azure's own schema by tests.

The class of the connected cluster speaks API version 2024-02-01-preview, which cannot switch workload identity on, and
Azure Local can only do so at a cluster's birth. A cluster that needs it is made by `az aksarc create` with
`--enable-oidc-issuer --enable-workload-identity` and adopted.

Nothing is imported here: a platform pays only for what it uses.
"""
