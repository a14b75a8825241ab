"""Projects, their slices and the demands posted from them."""
