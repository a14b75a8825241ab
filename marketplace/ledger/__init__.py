"""The journal of claims and money, in double entry: recorded, never held."""
