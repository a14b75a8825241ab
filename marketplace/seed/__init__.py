"""The demo market: fictitious organisations and their contracts, made by the real operations."""
