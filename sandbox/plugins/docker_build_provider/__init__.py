"""The provider of package `docker-build`, for rehearsals: builds nothing, and answers as if it had.

A rehearsal shows that an image is built when its context or arguments change and at no other time, and that what
refers to it follows. It does not show that the image can be built: that takes BuildKit and the internet.
"""
