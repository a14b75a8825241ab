"""Indexes on disk: dense, lexical and the profiles themselves; shared by processes, changed a profile at a time."""
