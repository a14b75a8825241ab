"""What `python -m matching bench` measures, and the made-up market it measures on."""
