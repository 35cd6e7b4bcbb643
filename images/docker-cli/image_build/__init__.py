"""What runs in the docker-cli image: one image build, or one smoke test, over the engine's pipe of the node.

The program is small because the image has no PowerShell and no Azure CLI. It drives `docker.exe` and `git.exe` and
speaks HTTPS itself; it imports nothing but Python's standard library and itself.
"""
