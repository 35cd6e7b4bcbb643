"""The sandbox's plugins for the Pulumi engine, for where the official ones cannot be had.

Owns a language host for Python (`language_host`), a Kubernetes provider (`kubernetes_provider`) and their
installation into a Pulumi home (`install`). Each speaks the protocol of the part it stands in for, so a program
cannot tell and needs no special case.
"""
