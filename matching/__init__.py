"""Matching of demands and capability profiles: a library that knows nothing of the marketplace."""
