"""The library: component resources. They never read configuration and never import infra."""
