"""The floor of a run of ours: what the dev stack imports and reads of the cluster, without a resource."""
