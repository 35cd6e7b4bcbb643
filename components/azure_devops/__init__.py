"""Azure DevOps agents on Kubernetes."""
