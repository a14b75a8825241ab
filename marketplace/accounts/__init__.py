"""Organisations, their people, sign-in and API keys."""
