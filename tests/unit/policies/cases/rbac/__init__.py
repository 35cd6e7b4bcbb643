"""Cases of the rules of rights."""
