"""Building blocks that every workload of ours on Kubernetes shares: namespaces, placement, resources, storage."""
