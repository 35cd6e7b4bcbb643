"""What a preview tells a reviewer: a summary, a gate and a drift check, read from the engine's own log of events.

Owns the reading of that log and the judgement of what in it a person has to see or to approve. Refuses to run anything,
to ask a cloud or a cluster, and to need more than Python's standard library: so the code of the base branch judges a
pull request before anything of it is installed.
"""
