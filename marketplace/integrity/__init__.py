"""Conflicts of interest and signs of collusion: leads for people, never verdicts."""
