"""Sealed bids, opening, evaluation and award."""
