"""Tables of holidays and rates that the operator loads from files, versioned, with their sources."""
