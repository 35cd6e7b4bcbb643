"""The real adapters of `ports`: the Windows node (`windows`), Docker Engine (`docker_sdk`), Kubernetes (`kubernetes`).

Imported one by one by whoever composes a program, so that nothing pays for a library that it does not use.
"""
