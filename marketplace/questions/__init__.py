"""Questions about a demand and their public answers, before bids are due."""
