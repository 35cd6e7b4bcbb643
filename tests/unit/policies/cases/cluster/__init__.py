"""Cases of the group `cluster`."""
