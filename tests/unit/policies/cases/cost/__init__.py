"""Cases of the rules of cost."""
