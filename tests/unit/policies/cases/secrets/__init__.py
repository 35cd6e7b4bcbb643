"""Cases of the rules of secrets."""
