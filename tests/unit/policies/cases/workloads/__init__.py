"""Cases of the rules of pods."""
