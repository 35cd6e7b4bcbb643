"""Component resources for Azure: each file owns one concept and imports the one azure-native module it needs.

Nothing is imported here: a platform pays only for the components that it uses.
"""
