"""Saved searches of founders, and alerts that say what set them off."""
