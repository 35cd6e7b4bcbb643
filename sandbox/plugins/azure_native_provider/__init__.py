"""An `azure-native` provider whose Azure is simulated (`sandbox.azure`); never the official one.

Owns the way between the engine's protocol and that Azure: names and locations that are left out, shapes by the pinned
SDK's schema, what a change replaces, what a preview cannot know, retries, refresh and import. Plans as the official
provider of the same version does, so that a rehearsal's preview is the real one's, and refuses more in preview: what
Azure itself would refuse in the middle of an `up`.

Refuses resource types that the simulated Azure does not have, and to run without a directory for it. No request is ever
logged: requests hold passwords in plain text.
"""
