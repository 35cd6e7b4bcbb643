"""The floor of every run: a program that does nothing."""

import pulumi

assert pulumi
