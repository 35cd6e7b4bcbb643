"""The program: it alone reads configuration, and turns it into a platform and its workloads."""
