"""Bank statements read in bulk and matched to open claims; nothing is booked without a person's decision."""
