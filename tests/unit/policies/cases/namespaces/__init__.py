"""Cases of the rules of namespaces."""
