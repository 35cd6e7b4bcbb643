"""Finds or builds the pinned binaries, and makes the Python environment.

Owns `toolchain/modules/`, the one place where the versions of binaries stand, the user's cache of built binaries and
the checkout's `.venv`. Runs on a bare Python 3.11: the standard library only, since `.venv` is what it makes.

Refuses binaries fetched from anywhere but the Go module proxy, where `go.sum` holds the checksum of every module: what
is not on the machine is built from source.
"""
