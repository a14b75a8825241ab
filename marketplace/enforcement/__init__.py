"""The ladder around a due date: steps, appeals, the buyer's contacts, demand letters and complaint files."""
