"""Cases of the rules of images."""
