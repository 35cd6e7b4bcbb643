"""Cases of the rules of node pools."""
