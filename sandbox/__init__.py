"""A rehearsal of all platforms on one Linux machine: a real control plane, simulated nodes, stand-in providers.

Owns what runs beside the program. Nothing in `infra/` or `components/` imports it: the program meets the sandbox
only through a kubeconfig and the provider protocol, so it needs no special case for it.

Refuses to pretend: containers do not run here, and whatever reports on a rehearsal says so.
"""
