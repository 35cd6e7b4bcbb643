"""Cases of the rules of the pack itself."""
