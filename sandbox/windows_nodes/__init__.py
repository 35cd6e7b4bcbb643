"""Simulated Windows nodes: what stands below the engine supervisor, so that its own program really runs.

Owns, for each simulated Windows node, a host (feature, service, disk, journal) with a Docker Engine on it, kept in one
file; and the process `windows-nodes`, which plays the kubelet for the engine's pods: it runs the supervisor's program
as a process with the pod's own settings, environment and token, probes it, restarts it, and takes it down. Everything
that the supervisor does in the cluster is real.

Refuses what Windows or its kubelet would refuse, and no more: what is not known of them is not made up. Nothing here
is imported by the supervisor.
"""
