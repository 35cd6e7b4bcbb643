"""Cases of the rules of what reaches whom."""
