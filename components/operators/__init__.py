"""The operators that serve our custom resources, for clusters that do not have them yet.

Owns their installation by their own charts: these are other projects' programs, and a chart is how each says which
objects of which version belong together. Everything of ours stays direct resources.

Refuses to share a cluster's operator with another stack: both KEDA and the Actions Runner Controller exist once a
cluster, so a stack that finds one uses it instead.
"""
