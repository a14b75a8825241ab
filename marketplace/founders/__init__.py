"""Capability profiles of one-person companies."""
