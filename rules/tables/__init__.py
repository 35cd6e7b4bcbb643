"""Facts from outside: versions, limits, dates. One table a subject; each row says where it was read, and when."""
