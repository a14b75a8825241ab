"""Contracts, milestones, deliveries and acceptances."""
