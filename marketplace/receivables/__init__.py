"""Receivables a buyer confirms, and the proof of it that a lender can check."""
