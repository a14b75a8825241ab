"""The operator's desk: every contract on one timeline, saved views, bulk actions, red flags, charts."""
