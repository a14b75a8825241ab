"""Stored, explained pairings of demands and founders."""
