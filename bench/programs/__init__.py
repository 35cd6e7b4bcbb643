"""The programs that are timed. How many runner sets one makes is in its stack's name: `n100` makes a hundred."""
