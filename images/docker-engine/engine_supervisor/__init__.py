"""The engine supervisor: Docker Engine on one Windows node, installed, healthy, upgraded and observed.

Runs in the HostProcess pod of the node, and in the sandbox on Linux with a simulated host. The engine itself is a
Windows service that outlives this program: every start of dockerd on Windows deletes the network endpoints of all
ordinary pods that are on the node (moby/moby#45462), so the supervisor decides about every start, and nothing else may.

- `world`, `journal`, `actions`: plain data; what is seen, what is remembered, what can be done.
- `core`: pure decisions over them. Imports nothing that acts.
- `ports`: what the program needs of the node, of Docker and of the cluster; `adapters` are the real ones.
- `program`: the loop that looks, decides, remembers and acts.
"""
