"""Rules over resources as any Pulumi program registers them, and their twins for the API server.

The rest of `rules/` judges a stack file before there is a resource. Here the same facts are asked of the resource
itself, so that they hold for programs that never saw a stack file of ours. `policy/` runs these rules as a Pulumi
policy pack; `components/admission/` hands the twins to the API server. Neither decides anything of its own.
"""
