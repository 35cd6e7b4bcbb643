"""Images of this project, built where a program runs."""
