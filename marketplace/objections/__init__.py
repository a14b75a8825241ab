"""The standstill after an award, and objections that hold up the contract until they are answered."""
