"""What an operator runs against a cluster that is up: it reads, and changes nothing."""
