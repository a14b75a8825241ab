"""Bonds a buyer holds for a contract, and their way back."""
