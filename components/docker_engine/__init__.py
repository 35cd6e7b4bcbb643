"""Docker Engine: on Windows nodes as a service beside the pods, on Linux as a sidecar inside a pod."""
